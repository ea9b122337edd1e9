"""A lead's and adjudicator's acts over REST: members, hidden checks, queue, skips, reworks, flags."""

import pytest
from django.contrib.auth.models import User

from annotator.studies.models import Case, Rework, Study
from annotator.studies.selectors.blinded_annotations import annotations_fingerprint, newest_annotations
from annotator.studies.services import assignment_skip, flag_raise, flag_reply, member_add, study_close
from tests.api.client import client_of
from tests.cast import make_world
from tests.studies.annotating import held_by, submit

pytestmark = pytest.mark.django_db
STUDY = "/api/v1/studies/pilot/"


@pytest.fixture
def study(alice: User, bob: User, carol: User, lena: User) -> Study:
    study = make_world(overlap=2).study
    roles = ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator"), (lena, "lead"))
    for person, role in roles:
        member_add(study=study, user=person, role=role)
    return study


def get(person: User, path: str, status: int = 200):
    response = client_of(person).get(path if path.startswith("/") else STUDY + path)
    assert response.status_code == status, response.content
    return response.json()


def post(person: User, path: str, status: int = 200, **body):
    response = client_of(person).post(path if path.startswith("/") else STUDY + path, body, format="json")
    assert response.status_code == status, response.content
    return response.json()


# --- members --------------------------------------------------------------------------------------------------------


def member_id(study: Study, person: User) -> int:
    return study.memberships.get(user=person).pk


def test_a_lead_lists_members_and_reads_one_with_numbers(study, alice, lena):
    submit(held_by(study, alice))
    assignment_skip(assignment=held_by(study, alice), reason="I wrote it.")
    held_by(study, alice)
    rows = get(lena, "members/?role=annotator&active=true")["results"]
    assert [(row["user"], row["role"], row["left_out"]) for row in rows] == [
        ("alice", "annotator", False),
        ("bob", "annotator", False),
    ]
    one = get(lena, f"members/{member_id(study, alice)}/")
    counts = {name: one["cases"][name] for name in ("submitted", "skipped", "held")}
    assert (one["user"], counts) == ("alice", {"submitted": 1, "skipped": 1, "held": 1})


def test_a_member_leaves_with_a_reason_and_comes_back(study, alice, bob, lena):
    for person in (alice, bob):
        submit(held_by(study, person))
    address = f"members/{member_id(study, bob)}/"
    change = post(lena, f"{address}deactivate/", reason="Moved on.", left_out=True, hand_out_again=True)
    assert (change["judged"], change["reopened"], change["gold_changed"]) == (1, 1, 1)
    assert (change["member"]["deactivation_reason"], change["member"]["left_out"]) == ("Moved on.", True)
    get(bob, "queue/", status=404)
    assert [row["user"] for row in get(lena, "members/?active=false")["results"]] == ["bob"]
    back = post(lena, f"{address}reactivate/")
    assert (back["member"]["deactivated_at"], back["gold_changed"]) == (None, 1)
    get(bob, "queue/")


def test_a_member_is_added_and_changes_the_role(study, dan, lena):
    assert post(lena, "members/", user="dan", role="curator")["role"] == "curator"
    assert post(lena, "members/", user="dan", role="annotator")["role"] == "annotator"
    assert study.memberships.filter(user=dan).count() == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("members/", {"user": "nobody", "role": "lead"}, 400, "user: There is no user of that name;"),
        ("members/", {"user": "bob", "role": "king"}, 400, "role: 'king' is unknown; choose one of lead, annotator,"),
        ("members/", {"user": "lena", "role": "annotator"}, 409, "lena owns study 'pilot'; hand it over"),
        ("members/LENA/deactivate/", {"reason": "Bye."}, 409, "lena owns study 'pilot'; hand it over"),
        ("members/BOB/deactivate/", {}, 400, "reason: This field is required."),
        ("members/BOB/deactivate/", {"reason": " "}, 400, "reason: This field may not be blank."),
        ("members/BOB/deactivate/", {"reason": "x", "why": "y"}, 400, "Unknown field 'why'; known fields: reason, "),
    ],
)
def test_what_cannot_become_of_a_member_is_refused_in_one_sentence(study, bob, lena, path, body, status, sentence):
    path = path.replace("LENA", str(member_id(study, lena))).replace("BOB", str(member_id(study, bob)))
    assert post(lena, path, status, **body)["detail"].startswith(sentence)
    assert not study.memberships.exclude(deactivated_at=None).exists()


# --- hidden checks --------------------------------------------------------------------------------------------------


def test_hidden_checks_are_marked_rated_listed_and_ended(study, lena):
    case = study.cases.get(prompt__key="tea")
    shown = {"id": case.pk, "key": "tea", "label": "hurt", "choice": "first", "submissions": 0}
    assert post(lena, f"cases/{case.pk}/check/", label="hurt", choice="first") == shown
    assert post(lena, "check-rate/", every=3) == {"every": 3, "checks": 1}
    assert get(lena, "check-rate/") == {"every": 3, "checks": 1}
    assert get(lena, "checks/")["results"] == [shown]
    assert post(lena, f"cases/{case.pk}/check/end/")["label"] == ""
    assert get(lena, "checks/")["results"] == []


def test_what_cannot_be_a_check_is_refused(study, alice, lena):
    seen = held_by(study, alice).case_id
    assert "was handed out already" in post(lena, f"cases/{seen}/check/", 409, label="hurt")["detail"]
    assert "'won' is unknown" in post(lena, f"cases/{seen}/check/", 400, label="won")["detail"]
    assert "One of 1 cases cannot be" in post(lena, "check-rate/", 409, every=1)["detail"]
    assert not study.cases.exclude(known_label="").exists()


def test_no_annotator_learns_which_cases_are_checks(study, alice, lena):
    case = study.cases.first()
    post(lena, f"cases/{case.pk}/check/", label="hurt")
    for path in ("checks/", "check-rate/", "skips/", "members/"):
        get(alice, path, status=404)
    post(alice, f"cases/{case.pk}/check/end/", 404)
    assert Case.objects.get(pk=case.pk).is_check


# --- queue and skips ------------------------------------------------------------------------------------------------


def test_an_annotator_reads_their_queue_and_takes_a_skip_back(study, alice):
    assert get(alice, "queue/")["state"] == "work"
    held = held_by(study, alice)
    assignment_skip(assignment=held, reason="I wrote it.")
    seen = get(alice, "queue/")
    assert (seen["skipped"], seen["remaining"], seen["works"]) == (1, 3, True)
    (skip,) = get(alice, "own-skips/")["results"]
    assert (skip["case"], skip["reason"]) == (held.case_id, "I wrote it.")
    assert post(alice, f"/api/v1/cases/{held.case_id}/unskip/")["status"] == "held"
    assert get(alice, "own-skips/")["results"] == []


def test_nobody_takes_back_the_skip_of_somebody_else(study, alice, bob, lena):
    held = held_by(study, alice)
    assignment_skip(assignment=held, reason="No.")
    for person in (bob, lena):
        post(person, f"/api/v1/cases/{held.case_id}/unskip/", 404)
    held.refresh_from_db()
    assert held.status == "skipped"
    submitted = held_by(study, alice)
    submit(submitted)
    assert "is submitted already" in post(alice, f"/api/v1/cases/{submitted.case_id}/unskip/", 409)["detail"]


def test_a_lead_lists_skips_with_reasons_and_hands_a_case_out_again(study, alice, bob, lena):
    held = held_by(study, alice)
    assignment_skip(assignment=held, reason="Two readings.")
    other = held_by(study, bob)
    assignment_skip(assignment=other, reason="No.")
    rows = {row["case"]: row for row in get(lena, "skips/?stranded=true")["results"]}
    assert set(rows) == {held.case_id, other.case_id}
    row = rows[held.case_id]
    assert [skip["reason"] for skip in row["skips"]] == ["Two readings."] * (held.case_id != other.case_id) or row
    pseudonym = study.memberships.get(user=alice).pseudonym
    assert pseudonym in {skip["annotator"] for skip in row["skips"]}
    n = post(lena, f"cases/{held.case_id}/hand-out/", note="Please try.")["annotators"]
    assert n == len(row["skips"])
    assert Rework.objects.filter(case=held.case_id, note="Please try.").count() == n
    assert held.case_id not in {row["case"] for row in get(lena, "skips/")["results"]}
    assert "nobody who annotates" in post(lena, f"cases/{held.case_id}/hand-out/", 409)["detail"]


# --- reworks --------------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(study, alice, bob) -> Case:
    """A case that alice and bob judged differently."""
    for person, label in ((alice, "hurt"), (bob, "helped")):
        submit(held_by(study, person), label=label)
    return Case.objects.get(submissions=2)


def test_an_adjudicator_sends_an_annotation_back_lists_and_withdraws_it(study, judged, carol):
    case = get(carol, f"cases/{judged.pk}/adjudication/")
    letter = next(row["letter"] for row in case["annotations"] if row["label"] == "hurt")
    sent = post(carol, f"cases/{judged.pk}/rework/", letter=letter, seen=case["seen"], note="Count again.")
    assert (sent["case"], sent["note"], sent["closed_at"]) == (judged.pk, "Count again.", None)
    assert Rework.objects.get().member.user.username == "alice"
    assert [row["id"] for row in get(carol, "reworks/")["results"]] == [sent["id"]]
    again = post(carol, f"cases/{judged.pk}/rework/", 409, letter=letter, seen=case["seen"], note="Other words.")
    assert "sent back to them already" in again["detail"]
    assert post(carol, f"reworks/{sent['id']}/withdraw/")["closed_at"]
    assert get(carol, "reworks/")["results"] == []


def test_letters_from_an_older_reading_are_refused(study, judged, alice, carol):
    case = get(carol, f"cases/{judged.pk}/adjudication/")
    submit(judged.assignments.get(annotator=alice), base_revision=1, label="helped")
    body = {"letter": "A", "seen": case["seen"], "note": "Again."}
    assert "the annotations changed meanwhile" in post(carol, f"cases/{judged.pk}/rework/", 409, **body)["detail"]
    study_close(study=study)


def test_a_half_judged_case_is_sent_back_by_leads_alone(study, alice, carol, lena):
    half = submit(held_by(study, alice)).assignment.case
    annotations = newest_annotations(half.pk)
    body = {"letter": next(iter(annotations)), "seen": annotations_fingerprint(annotations), "note": "Again."}
    post(carol, f"cases/{half.pk}/rework/", 409, **body)
    assert post(lena, f"cases/{half.pk}/rework/", **body)["case"] == half.pk
    assert get(alice, "queue/")["state"] == "sent_back"


# --- flags ----------------------------------------------------------------------------------------------------------


def test_an_adjudicator_lists_and_answers_flags_and_learns_no_name(study, alice, carol):
    flag = flag_raise(assignment=held_by(study, alice), reason="Is a title a sentence?")
    (row,) = get(carol, "flags/?open=true")["results"]
    assert (row["id"], row["reason"], row["settled_at"], row["messages"]) == (flag.pk, flag.reason, None, [])
    assert "alice" not in str(row)
    answered = post(carol, f"flags/{flag.pk}/answer/", text="Yes.")
    assert answered["settled_at"]
    flag_reply(flag=flag, text="And a heading?")
    (row,) = get(carol, "flags/?open=true")["results"]
    assert [(message["by_annotator"], message["text"]) for message in row["messages"]] == [
        (False, "Yes."),
        (True, "And a heading?"),
    ]
    assert post(carol, f"flags/{flag.pk}/settle/")["settled_at"]
    assert get(carol, "flags/?open=true")["results"] == []
    assert len(get(carol, "flags/")["results"]) == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_an_answer_without_words_or_too_long_is_refused(study, alice, carol, text):
    flag = flag_raise(assignment=held_by(study, alice), reason="Hm?")
    assert post(carol, f"flags/{flag.pk}/answer/", 400, text=text)["detail"].startswith("text: ")
    assert not flag.messages.exists()
