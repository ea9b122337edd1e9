"""Curation over REST: from proposed cases to approved exemplars; nothing unproved is approved on any way."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.constraints import CHECKER_VERSION
from annotator.exemplars.models import Candidate, Exemplar, Repair
from annotator.exemplars.selectors import verdicts
from annotator.exemplars.services import approvals
from annotator.studies.services import member_add
from tests.api.client import client_of
from tests.cast import World, make_world
from tests.exemplars.curating import approved, candidate_of, case_of, edited, with_undecidable

pytestmark = pytest.mark.usefixtures("no_broker")

STUDY = "/api/v1/studies/pilot"
EDIT = {"reasoning": "No commas: tea of course.", "answer": "Tea of course."}


@pytest.fixture
def client(world: World, dan: User) -> Any:
    member_add(study=world.study, user=dan, role="curator")
    return client_of(dan)


@pytest.fixture
def candidate(world: World, dan: User) -> Candidate:
    return candidate_of(world, dan)


def url(candidate: Candidate, what: str = "") -> str:
    return f"{STUDY}/candidates/{candidate.pk}/{what}"


def post(client: Any, address: str, body: Any) -> tuple[int, Any]:
    response = client.post(address, body, format="json")
    return response.status_code, response.json()


def approve(client: Any, repair_id: int, **body: Any) -> tuple[int, Any]:
    return post(client, f"{STUDY}/repairs/{repair_id}/approve/", {"checker_version": CHECKER_VERSION, **body})


def test_a_script_goes_from_a_proposal_to_an_exemplar(client: Any, world: World) -> None:
    (proposal,) = client.get(f"{STUDY}/proposals/").json()
    assert (proposal["key"], proposal["basis"], proposal["reasons"]["rank"]) == ("tea", "verdicts", 1)
    _, (candidate,) = post(client, f"{STUDY}/candidates/", {"cases": [proposal["case"]]})
    assert candidate["reasons"]["violated"] == [{"position": 0, "kind": "punctuation:no_comma"}]
    address = f"{STUDY}/candidates/{candidate['id']}/"
    detail = client.get(address).json()
    assert (detail["answer"], detail["best"]) == ("Tea, of course.", None)
    assert [row["kind"] for row in detail["constraints"]] == ["punctuation:no_comma"]
    _, mechanical = post(client, f"{address}mechanical/", {})
    assert (mechanical["method"], mechanical["answer"], mechanical["author"]) == (
        "mechanical",
        "Tea of course.",
        "dan",
    )
    status, repair = post(client, f"{address}repairs/", {**EDIT, "parent": mechanical["id"]})
    assert (status, repair["method"], repair["parent"]) == (200, "person", mechanical["id"])
    assert [(row["position"], row["strict"]) for row in repair["verdicts"]] == [(0, True)]
    status, exemplar = approve(client, repair["id"])
    assert (status, exemplar["approved_by"], exemplar["answer"]) == (200, "dan", EDIT["answer"])
    listed = client.get(f"{STUDY}/exemplars/?current=true").json()["results"]
    assert [row["id"] for row in listed] == [exemplar["id"]]
    assert client.get(f"{STUDY}/proposals/").json() == []
    assert len(client.get(f"{address}repairs/").json()["results"]) == 2


def test_an_id_that_no_database_stores_is_refused_in_words(client: Any) -> None:
    status, refused = post(client, f"{STUDY}/candidates/", {"cases": [10**30]})
    assert (status, refused["detail"].startswith("cases.0: ")) == (400, True)


def test_an_unproved_attempt_is_refused_in_words(client: Any, candidate: Candidate) -> None:
    _, repair = post(client, url(candidate, "repairs/"), {**EDIT, "answer": "Tea, of course."})
    assert repair["verdicts"][0]["note"]
    status, refused = approve(client, repair["id"])
    assert (status, "does not satisfy constraints 1" in refused["detail"]) == (422, True)
    assert not Exemplar.objects.exists()


def test_what_no_checker_decides_is_ticked_or_refused(client: Any, candidate: Candidate) -> None:
    with_undecidable(candidate)
    _, repair = post(client, url(candidate, "repairs/"), EDIT)
    assert repair["undecided"] == 1
    assert approve(client, repair["id"])[0] == 422
    assert approve(client, repair["id"], ticked=[0, 1])[0] == 422
    assert approve(client, repair["id"], ticked=[1])[1]["ticked"] == [1]


def test_new_checkers_between_reading_and_approving_are_named(
    client: Any, candidate: Candidate, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    repair = edited(candidate, dan)
    monkeypatch.setattr(approvals, "CHECKER_VERSION", "ifeval-3")
    status, refused = approve(client, repair.pk)
    assert (status, "The checkers changed" in refused["detail"]) == (409, True)
    assert not Exemplar.objects.exists()


def test_attempts_are_shown_with_the_verdicts_of_the_current_checkers(
    client: Any, candidate: Candidate, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    repair = edited(candidate, dan)
    Repair.objects.filter(pk=repair.pk).update(checker_version="ifeval-0", verdicts=[])
    (row,) = client.get(url(candidate, "repairs/")).json()["results"]
    assert (row["checker_version"], row["verdicts"][0]["strict"]) == (CHECKER_VERSION, True)
    monkeypatch.setattr(verdicts, "prove", None)  # not needed where they are stored
    Repair.objects.filter(pk=repair.pk).update(checker_version=CHECKER_VERSION)
    assert client.get(url(candidate, "repairs/")).json()["results"][0]["verdicts"] == []


def test_an_answer_that_runs_on_says_so_beside_its_proof(client: Any, candidate: Candidate) -> None:
    _, plain = post(client, url(candidate, "repairs/"), EDIT)
    _, runs_on = post(client, url(candidate, "repairs/"), {**EDIT, "answer": "Tea is good.\n" * 4})
    assert (plain["most_repeated"], runs_on["most_repeated"]) == (None, {"sentence": "Tea is good.", "times": 4})


def test_a_second_exemplar_is_refused_and_a_withdrawn_one_makes_way(
    client: Any, candidate: Candidate, dan: User
) -> None:
    exemplar, other = approved(edited(candidate, dan), dan), edited(candidate, dan, "Tea!")
    status, refused = approve(client, other.pk)
    assert (status, "already" in refused["detail"]) == (409, True)
    withdraw = f"/api/v1/exemplars/{exemplar.pk}/withdraw/"
    assert post(client, withdraw, {"reason": " "})[0] == 400
    assert post(client, withdraw, {"reason": "Too short."})[1]["withdrawn_reason"] == "Too short."
    assert approve(client, other.pk)[0] == 200


def test_a_language_model_is_asked_and_its_progress_is_shown(client: Any, candidate: Candidate) -> None:
    address = url(candidate, "requests/")
    status, made = post(client, address, {"language_model": "tiny", "samples": 2, "rounds": 3})
    assert (status, made["waiting"], made["round"], made["best"]) == (200, 2, 1, None)
    assert client.get(address).json() == [made]
    status, refused = post(client, address, {"language_model": "tiny"})
    assert (status, "waits for attempts by tiny" in refused["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("what", "body", "complaint"),
    [
        ("requests/", {"language_model": "gpt"}, "language_model: No language model 'gpt' can be asked; known: tiny."),
        ("requests/", {"language_model": "tiny", "samples": 99}, "samples: Ensure this value is less than or equal"),
        (
            "requests/",
            {"language_model": "tiny", "sampling": {"temperature": 9}},
            "sampling: temperature=9.0: give a number from 0 to 2",
        ),
        ("repairs/", {"answer": ""}, "answer: This field may not be blank."),
        ("repairs/", {"answer": "a", "author": 1}, "Unknown field 'author'; known fields: reasoning, answer, parent."),
        ("repairs/", {"answer": "a", "parent": 9_999}, "parent: 9999 is no attempt at candidate"),
        ("reject/", {}, "reason: This field is required."),
    ],
)
def test_a_body_that_does_not_fit_is_refused_in_one_sentence(
    client: Any, candidate: Candidate, what: str, body: Any, complaint: str
) -> None:
    status, refused = post(client, url(candidate, what), body)
    assert (status, refused["detail"][: len(complaint)]) == (400, complaint)
    assert not Repair.objects.exists()


def test_a_candidate_is_rejected_and_opened_again(client: Any, candidate: Candidate) -> None:
    assert post(client, url(candidate, "reject/"), {"reason": "Two prompts in one."})[1]["rejected"] is True
    status, refused = post(client, url(candidate, "repairs/"), EDIT)
    assert (status, "was rejected (Two prompts in one.)" in refused["detail"]) == (409, True)
    assert client.get(f"{STUDY}/candidates/?open=true").json()["results"] == []
    assert post(client, url(candidate, "reopen/"), {})[1]["rejected"] is False


def test_cases_are_sent_all_or_none(client: Any, world: World) -> None:
    foreign = make_world("other").study.cases.first()
    status, refused = post(client, f"{STUDY}/candidates/", {"cases": [case_of(world).pk, foreign.pk]})
    assert (status, f"has no case {foreign.pk}" in refused["detail"]) == (409, True)
    assert not Candidate.objects.exists()


def test_annotators_and_strangers_find_nothing_to_curate(
    candidate: Candidate, dan: User, alice: User, mallory: User
) -> None:
    exemplar = approved(edited(candidate, dan), dan)
    for person in (alice, mallory):
        client = client_of(person)
        for address in (f"{STUDY}/proposals/", f"{STUDY}/candidates/", f"{STUDY}/exemplars/", url(candidate)):
            assert client.get(address).status_code == 404
        assert approve(client, exemplar.repair_id)[0] == 404
        assert post(client, f"/api/v1/exemplars/{exemplar.pk}/withdraw/", {"reason": "x"})[0] == 404
        assert post(client, url(candidate, "repairs/"), EDIT)[0] == 404
    assert Exemplar.objects.get().withdrawn_at is None
