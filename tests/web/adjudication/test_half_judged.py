"""Annotations of a case that is not fully judged, sent back by a lead from the case's history."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Assignment, Rework, Study
from annotator.studies.services import case_next, check_set, member_add, study_close
from tests.cast import make_world
from tests.studies.annotating import submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def half(alice: User, bob: User, carol: User, lena: User) -> Assignment:
    """alice has judged a case of two; bob has not."""
    study = make_world(overlap=2).study
    roles = ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator"), (lena, "lead"))
    for person, role in roles:
        member_add(study=study, user=person, role=role)
    assignment = case_next(study=study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="hurt")
    return assignment


def page(person: User, half: Assignment) -> str:
    client = Client()
    client.force_login(person)
    return client.get(f"/studies/pilot/cases/{half.case_id}/history/").content.decode()


def send(person: User, half: Assignment, **fields: str):
    html, client = page(person, half), Client()
    client.force_login(person)
    seen = re.search(r'name="seen" value="([^"]+)"', html)
    body = {"letter": "A", "note": "Count again.", "seen": seen[1] if seen else "", **fields}
    return client.post(f"/studies/pilot/adjudicate/{half.case_id}/rework/", body)


def test_a_lead_sends_it_back_takes_it_back_and_returns_to_the_history(half: Assignment, alice: User, lena: User):
    answer = send(lena, half)
    assert answer.url == f"/studies/pilot/cases/{half.case_id}/history/"
    assert Rework.objects.get().member.user == alice
    assert "Take back what was sent to A" in page(lena, half)
    client = Client()
    client.force_login(lena)
    taken_back = client.post(f"/studies/pilot/reworks/{Rework.objects.get().pk}/withdraw/")
    assert taken_back.url == answer.url
    assert "Send back to A" in page(lena, half)


def test_an_adjudicator_neither_sees_nor_sends_it_before_all_are_in(half: Assignment, carol: User):
    assert "Send back" not in page(carol, half)
    answer = send(carol, half)
    assert answer.status_code == 409
    assert "Send back to" not in answer.content.decode()
    assert not Rework.objects.exists()


@pytest.mark.parametrize("fields", [{"seen": "annotations-1:older"}, {"note": "n" * 2001}, {"letter": "Q"}])
def test_a_refused_note_is_kept_as_typed(half: Assignment, lena: User, fields: dict[str, str]):
    answer = send(lena, half, **{"note": "A long note.", **fields})
    assert answer.status_code == 409
    html = answer.content.decode()
    assert 'role="alert"' in html
    assert fields.get("letter") or fields.get("note", "A long note.") in html
    assert not Rework.objects.exists()


def test_where_nothing_can_be_sent_back_the_page_offers_nothing(half: Assignment, bob: User, lena: User):
    study = Study.objects.get()
    other = study.cases.exclude(pk=half.case_id).first()
    assert other is not None
    check_set(case=other, label="hurt")
    assert "Send back before" not in page(lena, Assignment(case=other))
    study_close(study=study)
    assert "Send back before" not in page(lena, half)
    answer = send(lena, half, note="Kept all the same.")
    assert answer.status_code == 409
    assert "Kept all the same." in answer.content.decode()
