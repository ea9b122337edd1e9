"""Known defects of a prompt stand on every page that shows it, are counted, found and exported."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.datasets.known_defects import FAULTS
from annotator.datasets.models import Prompt
from annotator.studies.models import Case
from annotator.studies.services import assignment_choose_blind, case_next, member_add
from tests.cast import World
from tests.studies.annotating import submit

SENTENCE = FAULTS["changed"].sentence
DEFECTS = [
    {"source": "IFEval++ (arXiv 2512.14754)", "sentence": SENTENCE, "contradictory": False},
    {"source": "<script>", "sentence": "<b>Mine</b> & {{ yours }}", "contradictory": True},
]


@pytest.fixture
def defective(world: World, carol: User) -> World:
    """The tea case has two defects, is the first of every queue, and carol adjudicates."""
    Prompt.objects.filter(key="tea").update(known_defects=DEFECTS)
    world.study.cases.filter(prompt__key="tea").update(queue_rank=-1)
    member_add(study=world.study, user=carol, role="adjudicator")
    return world


def case(world: World) -> Case:
    return world.study.cases.get(prompt__key="tea")


def opened(client: Client, user: User, path: str, **parameters: Any) -> str:
    client.force_login(user)
    return client.get(path, parameters).content.decode()


def says_both(html: str) -> bool:
    assert "<script>" not in html.replace('<script type="', "")
    return SENTENCE in html and "&lt;b&gt;Mine&lt;/b&gt; &amp; {{ yours }}" in html and "IFEval++" in html


def test_the_case_page_has_them_before_and_after_the_blind_choice(
    defective: World, client: Client, alice: User
) -> None:
    assignment = case_next(study=defective.study, annotator=alice)
    assert assignment is not None
    assert says_both(opened(client, alice, f"/cases/{assignment.case_id}/"))
    assignment_choose_blind(assignment=assignment, choice="left")
    assert says_both(opened(client, alice, f"/cases/{assignment.case_id}/"))


def test_adjudication_history_generation_and_prompt_list_have_them(
    defective: World, client: Client, carol: User, lena: User
) -> None:
    number = case(defective).pk
    assert says_both(opened(client, carol, f"/studies/pilot/adjudicate/{number}/"))
    assert says_both(opened(client, carol, f"/studies/pilot/cases/{number}/history/"))
    assert says_both(opened(client, lena, f"/runs/{defective.first_run.pk}/prompts/1/"))
    assert not says_both(opened(client, lena, f"/runs/{defective.first_run.pk}/prompts/0/"))
    html = opened(client, lena, "/datasets/pilot/1/")
    assert says_both(html)
    assert "1 with known defects" in html


def test_they_are_said_in_the_readers_language(defective: World, client: Client, lena: User) -> None:
    client.force_login(lena)
    html = client.get("/datasets/pilot/1/", HTTP_ACCEPT_LANGUAGE="zh-CN").content.decode()
    assert "IFEval++" in html
    assert "&lt;b&gt;Mine&lt;/b&gt;" in html


def test_run_and_study_count_them(defective: World, client: Client, lena: User) -> None:
    html = opened(client, lena, f"/runs/{defective.first_run.pk}/")
    assert "1 of 4 answers is to a prompt with known defects" in " ".join(html.split())
    assert html.count("known defect</span>") == 1
    study = opened(client, lena, "/studies/pilot/")
    assert "on prompts with known defects" in study
    assert '<a href="/studies/pilot/cases/?concern=defective">1</a>' in study


def test_nothing_is_said_where_there_is_none(world: World, client: Client, lena: User) -> None:
    for path in (f"/runs/{world.first_run.pk}/", "/studies/pilot/", "/datasets/pilot/1/"):
        assert "known defect" not in opened(client, lena, path)


def test_the_case_list_finds_and_marks_them(defective: World, client: Client, lena: User) -> None:
    found = opened(client, lena, "/studies/pilot/cases/", concern="defective")
    assert found.count("/history/") == 1
    assert f"/cases/{case(defective).pk}/history/" in found
    every = opened(client, lena, "/studies/pilot/cases/")
    assert every.count("/history/") == 4
    assert every.count("known defect</span>") == 1


def test_they_are_exported_with_their_case_and_readable_over_rest(
    defective: World, client: Client, alice: User, lena: User
) -> None:
    assignment = case_next(study=defective.study, annotator=alice)
    assert assignment is not None
    submit(assignment)
    client.force_login(lena)
    answer: Any = client.get("/api/v1/studies/pilot/annotations.jsonl")
    line = json.loads(b"".join(answer.streaming_content))
    assert line["known_defects"] == DEFECTS
    prompts = client.get("/api/v1/datasets/pilot/1/prompts/?key=tea").json()["results"]
    assert prompts[0]["known_defects"] == DEFECTS
