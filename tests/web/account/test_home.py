"""The home page: what waits for annotators, adjudicators and leads, with numbers."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotator.runs.models import Generation
from annotator.studies.models import Assignment, Flag
from annotator.studies.services import (
    assignment_skip,
    case_next,
    draft_save,
    flag_answer,
    flag_raise,
    member_add,
    rework_request,
)
from tests.cast import World, make_world
from tests.studies.annotating import held_by, submit


@pytest.fixture
def world(alice: User, bob: User, carol: User, lena: User) -> World:
    """Every kind of waiting work: undecided, flagged, skipped by all, sent back, and a failed generation."""
    world = make_world(overlap=2)
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator"), (lena, "lead")):
        member_add(study=world.study, user=person, role=role)
    for label, person in (("hurt", alice), ("helped", bob)):
        submit(held_by(world.study, person), label=label)
    assignment_skip(assignment=held_by(world.study, alice), reason="too long")
    flag_raise(assignment=held_by(world.study, alice), reason="two readings")
    draft_save(assignment=held_by(world.study, alice), version=0, content={})
    sent_back = Assignment.objects.get(annotator=bob, status="submitted")
    rework_request(assignment=sent_back, author=lena, note="Again.", base_revision=1)
    Generation.objects.filter(run=world.first_run, prompt__key="moon").update(status="failed")
    return world


def home(client: Client, person: User) -> str:
    client.force_login(person)
    return re.sub(r"\s+", " ", client.get("/").content.decode())


def test_a_lead_reads_what_waits_with_numbers_and_where(world: World, client: Client, lena: User) -> None:
    html = home(client, lena)
    for words, address in (
        ("1 case to decide", "/studies/pilot/adjudicate/"),
        ("1 open flag", "/studies/pilot/adjudicate/#flags-title"),
        ("1 sent back and not revised yet", "/studies/pilot/adjudicate/#sent-back-title"),
        ("1 skipped case", "/studies/pilot/skips/"),
        ("! nobody is left for 1 case", "/studies/pilot/skips/?only=stranded"),
        (f"run {world.first_run.pk}: 1 failed generation", f"/runs/{world.first_run.pk}/"),
    ):
        assert re.search(f'href="{re.escape(address)}"> {re.escape(words)} </a>', html), words


def test_an_adjudicator_reads_what_they_can_do_and_nothing_of_runs(world: World, client: Client, carol: User) -> None:
    html = home(client, carol)
    assert "1 case to decide" in html
    assert "1 open flag" in html
    assert "skipped case" not in html
    assert "failed generation" not in html


def test_an_annotator_reads_their_own(world: World, client: Client, alice: User, bob: User) -> None:
    html = home(client, alice)
    for words, kind in (("1 draft", "drafts"), ("1 skipped", "skipped"), ("1 open flag", "flagged")):
        assert re.search(f'href="/studies/pilot/mine/\\?kind={kind}"> {words} </a>', html), words
    assert "to decide" not in html
    assert "1 case was sent back to you with a note: it comes first." in home(client, bob)


def test_the_answer_to_a_flag_stands_there_until_it_is_read(
    world: World, client: Client, alice: User, bob: User, lena: User
) -> None:
    flag = Flag.objects.get()
    flag_answer(flag=flag, author=lena, text="Read it <u>literally</u>.")
    assert "Read it &lt;u&gt;literally&lt;/u&gt;." in home(client, alice)
    assert "literally" not in home(client, bob)
    client.force_login(alice)
    assert client.post(f"/cases/{flag.assignment.case_id}/flag/read/").url == "/"
    assert "literally" not in home(client, alice)


def test_the_leads_numbers_cost_the_same_for_any_number_of_cases(world: World, client: Client, lena: User) -> None:
    client.force_login(lena)
    with CaptureQueriesContext(connection) as before:
        client.get("/")
    for person in User.objects.filter(username__in=["alice", "bob"]):
        while (assignment := case_next(study=world.study, annotator=person)) is not None:
            if assignment.status == "submitted":
                break
            assignment_skip(assignment=assignment, reason="no")
    with CaptureQueriesContext(connection) as after:
        client.get("/")
    assert len(after) <= len(before)
