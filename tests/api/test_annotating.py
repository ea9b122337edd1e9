"""Annotation over REST, from the next case to the submitted annotation, and the adjudicator's queue."""

import pytest

from annotator.studies.models import Annotation, Assignment, Flag
from annotator.studies.services import case_next, codebook_edit, flag_answer, member_add
from tests.api.client import client_of
from tests.cast import CODEBOOK
from tests.studies.annotating import submit

NEXT = "/api/v1/studies/pilot/next/"
OTHER_WORDS = ("cot", "Let me think", "helped", "hurt")


@pytest.fixture
def client(world, alice):
    return client_of(alice)


def next_case(client):
    response = client.post(NEXT)
    assert response.status_code == 200, response.content
    return response.json()


def sent(client, case, act, status=200, **body):
    response = client.post(f"/api/v1/cases/{case['id']}/{act}/", body, format="json")
    assert response.status_code == status, response.content
    return response.json() if response.content else None


def test_the_next_case_is_blind_until_a_side_is_chosen(client):
    case = next_case(client)
    assert (case["revealed"], case["verdicts_shown"], case["left"]["role"], case["left"]["position"]) == (
        False,
        False,
        "",
        "",
    )
    shown = {name: value for name, value in case.items() if name != "patterns"}
    assert [word for word in OTHER_WORDS if word in str(shown)] == []
    assert next_case(client)["id"] == case["id"], "the held case stays the next one"
    revealed = sent(client, case, "choose", choice="left")
    assert {revealed["left"]["position"], revealed["right"]["position"]} == {"first", "second"}
    assert revealed["blind_choice"] == "left"
    assert client.get(f"/api/v1/cases/{case['id']}/").json() == revealed


def test_a_whole_annotation_is_submitted_and_read_again(client):
    case = next_case(client)
    revealed = sent(client, case, "choose", choice="right")
    (second,) = (side["answer"] for side in (revealed["left"], revealed["right"]) if side["position"] == "second")
    span = {"text": "second.answer", "start": 0, "end": 2, "pattern": "neglected", "quote": second[:2]}
    made = sent(
        client,
        case,
        "annotation",
        201,
        base_revision=0,
        label="hurt",
        patterns=["neglected"],
        note=" two spaces  ",
        confidence="low",
        spans=[span],
        disputes=[{"side": "first", "constraint": 0, "reason": "It counts wrong."}],
        seconds=12,
    )
    assert (made["revision"], made["label"], made["note"], made["blind_choice"]) == (
        1,
        "hurt",
        " two spaces  ",
        "right",
    )
    assert made["disputes"] == [{"side": "first", "constraint": 0, "reason": "It counts wrong."}]
    assert (made["spans"][0]["start"], made["spans"][0]["end"], made["seconds"]) == (0, 2, 12)
    again = client.get(f"/api/v1/cases/{case['id']}/").json()
    assert (again["status"], again["revision"], again["annotation"]["label"]) == ("submitted", 1, "hurt")


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"base_revision": 0, "label": "won"}, 400, "label: 'won' is unknown"),
        ({"label": "hurt"}, 400, "base_revision: This field is required."),
        ({"base_revision": 3, "label": "hurt"}, 409, ""),
        ({"base_revision": 0, "label": "hurt", "patterns": ["none"]}, 400, ""),
        ({"base_revision": 0, "label": "hurt", "spans": [{"text": "left.answer", "start": 0, "end": 1}]}, 400, "spans"),
    ],
)
def test_what_cannot_be_submitted_is_refused_and_nothing_is_stored(client, body, status, sentence):
    case = next_case(client)
    sent(client, case, "choose", choice="left")
    assert sent(client, case, "annotation", status, **body)["detail"].startswith(sentence)
    assert not Annotation.objects.exists()


def test_an_annotation_before_the_blind_choice_is_refused(client):
    assert sent(client, next_case(client), "annotation", 409, base_revision=0, label="hurt")["detail"]


def test_a_draft_is_saved_on_top_of_the_one_that_was_read(client):
    case = next_case(client)
    assert sent(client, case, "draft", version=0, content={"note": "so far"})["version"] == 1
    assert client.get(f"/api/v1/cases/{case['id']}/").json()["draft"]["content"] == {"note": "so far"}
    assert "version" not in sent(client, case, "draft", 409, version=0, content={"note": "older"})


def test_a_case_is_skipped_and_kept(client, alice):
    case = next_case(client)
    assert sent(client, case, "renew")["lease_until"]
    sent(client, case, "skip", 204, reason="I wrote it.")
    assert Assignment.objects.get(case=case["id"], annotator=alice).status == "skipped"
    assert next_case(client)["id"] != case["id"]


def test_a_case_is_flagged_answered_read_and_flagged_again(client, lena):
    case = next_case(client)
    assert sent(client, case, "flag", reason="Is it a comma?")["flag"]["reason"] == "Is it a comma?"
    flag_answer(flag=Flag.objects.get(), author=lena, text="Yes.")
    sent(client, case, "flag/read", 204)
    assert sent(client, case, "flag/reply", text="Why?")["flag"]["messages"] == ["Yes.", "Why?"]
    assert Flag.objects.get().settled_at is None


def test_no_case_of_somebody_else_is_there(client, world, bob):
    held = case_next(study=world.study, annotator=bob)
    assert client.get(f"/api/v1/cases/{held.case_id}/").status_code == 404


def test_where_no_case_waits_there_is_none(world, carol):
    member_add(study=world.study, user=carol, role="annotator")
    client = client_of(carol)
    for _ in range(4):
        case = next_case(client)
        sent(client, case, "skip", 204, reason="No.")
    assert client.post(NEXT).status_code == 204


def test_an_adjudicator_gets_the_next_case_saves_a_draft_and_sees_who_is_there(world, alice, carol, lena):
    member_add(study=world.study, user=carol, role="adjudicator")
    dispute = {"side": "first", "constraint": 1, "reason": "It counts wrong."}
    judged = submit(case_next(study=world.study, annotator=alice), disputes=[dispute]).assignment.case_id
    client, url = client_of(carol), f"/api/v1/studies/pilot/cases/{judged}/adjudication/"
    assert client.post("/api/v1/studies/pilot/undecided/next/").json() == {"case": judged}
    saved = client.post(f"{url}draft/", {"version": 0, "content": {"reason": "so far"}}, format="json")
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    assert client_of(lena).post(f"{url}renew/").json()["others_since"]
    assert client.post(f"{url}leave/").status_code == 204
    assert client_of(lena).post(f"{url}renew/").json() == {"others_since": None}
    after = client.post("/api/v1/studies/pilot/undecided/next/", {"after": judged}, format="json")
    assert after.status_code == 204


def test_a_codebook_that_changed_since_the_case_was_read_is_a_conflict(client, world):
    case = next_case(client)
    read = sent(client, case, "choose", choice="left", seen=case["seen"])
    content = {"guideline": "Otherwise.", "patterns": CODEBOOK["patterns"]}
    codebook_edit(study=world.study, base_id=world.codebook.pk, content=content)
    answer = sent(client, case, "annotation", 409, base_revision=0, label="hurt", seen=read["seen"])
    assert "changed its codebook" in answer["detail"]
    now = client.get(f"/api/v1/cases/{case['id']}/").json()["seen"]
    assert sent(client, case, "annotation", 201, base_revision=0, label="hurt", seen=now)["revision"] == 1
