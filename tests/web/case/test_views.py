"""Fetched views and mentions in the reasoning: safe, blind, and only for the annotator of the case."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Assignment, Case
from annotator.studies.services import assignment_choose_blind, case_next
from annotator.web.marks.evidence import mention_marks
from annotator.web.marks.markdown import model_markdown
from tests.cast import World
from tests.web.case.test_case_page import page
from tests.web.payloads import PAYLOADS

VIEWS = ("diff", "markdown")


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def held(world: World, alice: User) -> Assignment:
    Case.objects.filter(prompt__key="tea").update(queue_rank=0)
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    return assignment


def view(browser: Client, held: Assignment, name: str) -> str:
    return browser.get(f"/cases/{held.case_id}/{name}/").content.decode()


def test_the_difference_marks_what_only_one_answer_has(browser: Client, held: Assignment) -> None:
    html = view(browser, held, "diff")
    assert sorted(re.findall(r'<mark class="changed"\s*>(.*?)</mark>', html)) == [", of course", "is warm"]


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_the_same_but_for_the_order_before_the_sides_are_named(
    browser: Client, held: Assignment, name: str
) -> None:
    def parts(second_is_left: bool) -> set[str]:
        Assignment.objects.filter(pk=held.pk).update(second_is_left=second_is_left)
        html = view(browser, held, name)
        assert "think" not in html
        return set(re.findall(r'dir="auto" lang="">(.*?)</div>', html, re.S))

    assert parts(True) == parts(False)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_for_who_holds_the_case(
    client: Client, held: Assignment, bob: User, mallory: User, name: str
) -> None:
    for person in (bob, mallory):
        client.force_login(person)
        assert client.get(f"/cases/{held.case_id}/{name}/").status_code == 404


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_cannot_be_made_says_so(browser: Client, held: Assignment, name: str) -> None:
    type(held.case.first).objects.filter(pk=held.case.first_id).update(answer="a " * 230_000)
    type(held.case.second).objects.filter(pk=held.case.second_id).update(answer="b " * 40_000)
    assert "The answers are too long" in view(browser, held, name)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_models_markdown_holds_no_html_loads_nothing_and_leads_nowhere(payload: str) -> None:
    poison = f"{payload}\n\n[x](https://evil.example/) ![y](https://evil.example/z.png) <{payload}> # {payload}"
    rendered = model_markdown(poison)
    tags = {tag.lower() for tag in re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", rendered)}
    assert tags <= {"p", "span", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br"}
    assert not re.search(r"<[^>]*\s(href|src|on\w+|style)=", rendered)


def test_a_models_markdown_keeps_its_shape() -> None:
    rendered = model_markdown("# Title\n\n* **one**\n* [two](https://example.org/a?b&c)\n\n| a |\n| - |\n| 1 |")
    assert '<p class="heading">Title</p>' in rendered
    assert "<strong>one</strong>" in rendered
    assert '<span class="link" title="https://example.org/a?b&amp;c">two</span>' in rendered
    assert "<table>" in rendered


def test_the_reasoning_says_which_constraints_it_mentions(browser: Client, held: Assignment) -> None:
    type(held.case.second).objects.filter(pk=held.case.second_id).update(
        reasoning="They said: DO NOT USE ANY COMMAS. Fine."
    )
    assert "mentions" not in page(browser, held), "not before the sides are named"
    assignment_choose_blind(assignment=held, choice="left")
    html = page(browser, held)
    assert "mentions constraint 1" in html
    assert re.search(r'<mark class="" data-numbers="1" data-ends="1">DO NOT USE ANY COMMAS</mark>', html)


def test_a_reasoning_that_speaks_of_other_things_mentions_none(browser: Client, held: Assignment) -> None:
    assignment_choose_blind(assignment=held, choice="left")
    assert "mentions no constraint" in page(browser, held)


def test_keywords_and_phrases_are_found_as_words() -> None:
    class Stated:
        number = 2
        kind = "keywords:existence"
        kwargs = {"keywords": ["sea", "salt (fine)"]}
        span = None

    marks = mention_marks("The sea, not the seaside; Salt (fine).", "", [Stated()])
    found = {("The sea, not the seaside; Salt (fine).")[mark.start : mark.end] for mark in marks}
    assert {"sea", "Salt (fine)"} <= found
    assert {mark.number for mark in marks} == {2}
