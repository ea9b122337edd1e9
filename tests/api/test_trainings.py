"""Routers trained over REST: requested by the lead of a study, watched, and returned for an idempotency key again."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.routing.models import Router, Training
from annotator.routing.services import trainings, trainings_carry_out
from annotator.studies.models import Study
from annotator.studies.services import member_add
from tests.api.client import client_of
from tests.routing.planted import planted
from tests.routing.studies import planted_study

ROUTERS = "/api/v1/routers/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def study(lena: User, alice: User, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study that lena leads, in which alice annotates; nothing is started in the background."""
    monkeypatch.setattr(trainings, "command_start", lambda name: None)
    monkeypatch.setattr(trainings, "_REPORT_EVERY_S", 600.0)  # its thread would wait for this test's transaction
    monkeypatch.setattr("annotator.routing.services.routers.report_of", lambda *_, **__: [])
    study = planted_study()
    member_add(study=study, user=lena, role="lead")
    member_add(study=study, user=alice, role="annotator")
    return study


def post(person: User, status: int = 202, headers: dict[str, str] | None = None, **body: Any) -> Any:
    sent = {"name": "words", "study": "planted", **body}
    response = client_of(person).post(ROUTERS, sent, format="json", headers=headers or {})
    assert response.status_code == status, response.content
    return response.json()


def test_a_training_is_accepted_watched_and_ends_in_its_router(study: Study, lena: User) -> None:
    training = post(lena, labels="verdicts", features="tfidf", ties="left_out", calibration="isotonic")
    assert training | {"created_at": ""} == {
        "id": Training.objects.get().pk,
        "name": "words",
        "study": "planted",
        "labels": "verdicts",
        "features": "tfidf",
        "ties": "left_out",
        "calibration": "isotonic",
        "status": "queued",
        "step": "",
        "trained": 0,
        "expected": 0,
        "seconds_left": None,
        "stalled": False,
        "router": None,
        "error": "",
        "created_at": "",
    }
    assert trainings_carry_out() == 1
    client = client_of(lena)
    read = client.get(f"{ROUTERS}trainings/{training['id']}/").json()
    assert (read["status"], read["router"]) == ("done", "words@1")
    assert client.get(f"{ROUTERS}words/v1/").json()["training"]["ties"] == "left_out"
    assert client.get(f"{ROUTERS}trainings/?status=done&study=planted").json()["results"] == [read]
    assert client.get(f"{ROUTERS}trainings/?status=failed").json()["results"] == []


def test_the_same_training_waits_once(study: Study, lena: User) -> None:
    assert post(lena)["id"] == post(lena)["id"]
    assert post(lena, ties="left_out")["id"] != post(lena)["id"]


def test_a_key_makes_one_training_also_when_the_first_is_finished(study: Study, lena: User) -> None:
    key = {"Idempotency-Key": "night-1"}
    first = post(lena, headers=key)
    trainings_carry_out()
    assert post(lena, headers=key) == first
    assert Training.objects.count() == 1
    post(lena, 422, headers=key, ties="left_out")


@pytest.mark.parametrize("role", ["annotator", "adjudicator", "curator", "reader", "lead elsewhere", "nobody"])
def test_only_a_lead_of_the_study_has_a_router_trained_and_sees_how_far_it_is(
    study: Study, lena: User, dan: User, role: str
) -> None:
    made = post(lena)
    if role == "lead elsewhere":
        member_add(study=planted_study("elsewhere", planted(6)), user=dan, role="lead")
    elif role != "nobody":
        member_add(study=study, user=dan, role=role)
    assert post(dan, 404, name="his")["detail"] == "Nothing is here, or it is not yours to open."
    client = client_of(dan)
    assert client.get(f"{ROUTERS}trainings/").json()["results"] == []
    assert client.get(f"{ROUTERS}trainings/{made['id']}/").status_code == 404
    assert not Training.objects.filter(name="his").exists()


@pytest.mark.parametrize(
    ("body", "status", "pointer", "sentence"),
    [
        ({"name": "a b"}, 400, "#/name", "'a b' is no name of a router: Use 1 to 64 letters"),
        ({"features": "finetuned"}, 400, "#/features", "manage.py train_router NAME --study SLUG --features finetuned"),
        ({"features": "magic"}, 400, "#/features", "'magic' is unknown; choose one of tfidf, wordllama, minilm"),
        ({"calibration": "none"}, 400, "#/calibration", "'none' is unknown; choose one of platt, isotonic."),
        ({"splits": ["kind"]}, 400, None, "Unknown field 'splits'; known fields: name, study, labels"),
        ({"labels": "gold"}, 409, None, "0 prompts are labelled, 0 of them as helped; a router needs 10"),
        ({"study": "none"}, 404, None, "Nothing is here"),
        ({"study": "a\x00b"}, 400, "#/study", "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_sentence(
    study: Study, lena: User, body: dict[str, Any], status: int, pointer: str | None, sentence: str
) -> None:
    refused = post(lena, status, **body)
    assert sentence in refused["detail"]
    assert [error["pointer"] for error in refused.get("errors", [])] == ([pointer] if pointer else [])
    assert not Training.objects.exists()


def test_a_token_that_only_reads_or_annotates_has_nothing_trained(study: Study, lena: User) -> None:
    client = client_of(lena, ["read", "annotate"])
    assert client.post(ROUTERS, {"name": "words", "study": "planted"}, format="json").status_code == 403
    assert client.get(f"{ROUTERS}trainings/").status_code == 200


def test_a_lead_reads_what_became_of_a_training_whose_study_was_deleted(study: Study, lena: User) -> None:
    training = post(lena)
    client_of(User.objects.create_user("root", is_staff=True)).post("/api/v1/studies/planted/delete/", format="json")
    read = client_of(lena).get(f"{ROUTERS}trainings/{training['id']}/").json()
    assert (read["status"], read["study"], read["error"]) == (
        "failed",
        None,
        "Its study 'planted' was deleted before it was trained.",
    )
    assert not Router.objects.exists()
