"""Adjudication over REST: undecided cases, one case without names, decisions that never overwrite another."""

import pytest
from django.contrib.auth.models import User

from annotator.studies.models import Adjudication, Case, Practice
from annotator.studies.services import case_next, codebook_edit, flag_raise, member_add
from tests.api.client import client_of
from tests.cast import make_world
from tests.studies.annotating import submit
from tests.web.case.test_changed_settings import REDEFINED

pytestmark = pytest.mark.django_db

UNDECIDED = "/api/v1/studies/pilot/undecided/"
SPAN = {"text": "second.answer", "start": 0, "end": 4, "pattern": "neglected", "quote": "Rain"}
DECISION = {"base_revision": 0, "label": "hurt", "reason": "A counts the commas."}
EMPTY_VERDICT = {"strict": True, "loose": True, "note": "", "spans": []}


@pytest.fixture
def study(alice, bob, carol):
    study = make_world(overlap=2).study
    Case.objects.filter(prompt__key="rain").update(queue_rank=0)
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator")):
        member_add(study=study, user=person, role=role)
    return study


def judged(study, *annotations):
    """The next case, submitted by alice and bob with these fields."""
    people = User.objects.filter(username__in=["alice", "bob"]).order_by("username")
    held = [case_next(study=study, annotator=person) for person in people]
    for assignment, fields in zip(held, annotations, strict=True):
        submit(assignment, **fields)
    return Case.objects.get(pk=held[0].case_id)


@pytest.fixture
def rain(study):
    """alice and bob differ on it; alice marked evidence and disputes a verdict."""
    dispute = {"side": "first", "constraint": 1, "reason": "Two of them count."}
    hers = {"label": "helped", "patterns": ["neglected"], "effects": ["helped"], "spans": [SPAN], "disputes": [dispute]}
    return judged(study, hers, {"label": "hurt", "note": "bob's note, <b>bold</b>", "confidence": "low"})


def url_of(case):
    return f"/api/v1/studies/pilot/cases/{case.pk}/adjudication/"


def decide(person, case, **fields):
    return client_of(person).post(url_of(case), {**DECISION, **fields}, format="json")


# --- what waits -----------------------------------------------------------------------------------------------------


def test_the_cases_that_wait_are_listed_page_by_page_with_why(study, rain, carol):
    tea = judged(study, {"label": "helped"}, {"label": "hurt"})
    judged(study, {"label": "helped"}, {"label": "helped"})
    flag_raise(assignment=tea.assignments.first(), reason="Is it tea?")
    client = client_of(carol)
    first = client.get(f"{UNDECIDED}?limit=1").json()
    rest = client.get(first["next"]).json()
    rows = sorted([*first["results"], *rest["results"]], key=lambda row: row["id"])
    assert rest["next"] is None
    assert rows == sorted(
        [
            {"id": rain.pk, "key": "rain", "differ": True, "flagged": False, "disputed": True},
            {"id": tea.pk, "key": tea.prompt.key, "differ": True, "flagged": True, "disputed": False},
        ],
        key=lambda row: row["id"],
    )
    assert [row["id"] for row in client.get(f"{UNDECIDED}?flagged=true").json()["results"]] == [tea.pk]


def test_a_case_whose_annotators_agree_waits_only_for_its_dispute(study, carol):
    dispute = {"side": "second", "constraint": 1, "reason": "No comma there."}
    case = judged(study, {"label": "hurt"}, {"label": "hurt", "disputes": [dispute]})
    (row,) = client_of(carol).get(UNDECIDED).json()["results"]
    assert (row["id"], row["differ"], row["disputed"]) == (case.pk, False, True)


# --- one case -------------------------------------------------------------------------------------------------------


def test_a_case_comes_with_both_texts_and_every_annotation_and_without_a_name(study, rain, carol, alice, bob):
    answer = client_of(carol).get(url_of(rain))
    case = answer.json()
    assert (case["id"], case["key"], case["outcome"], case["revision"], case["gold"]) == (
        *(rain.pk, "rain", "helped"),
        *(0, None),
    )
    assert (case["first"]["role"], case["second"]["role"]) == ("base", "cot")
    assert case["second"]["reasoning"] == "Let me think about rain, slowly."
    assert case["constraints"][0]["second"] == EMPTY_VERDICT
    assert case["constraints"][0]["first"]["spans"]
    hers, his = sorted(case["annotations"], key=lambda annotation: annotation["label"])
    assert (hers["patterns"], hers["effects"], hers["spans"]) == (["neglected"], ["helped"], [SPAN])
    assert hers["disputes"] == [{"side": "first", "constraint": 0, "reason": "Two of them count."}]
    assert (his["note"], his["confidence"], his["spans"], his["effects"]) == ("bob's note, <b>bold</b>", "low", [], [])
    assert {hers["letter"], his["letter"]} == {"A", "B"}
    pseudonyms = study.memberships.values_list("pseudonym", flat=True)
    for name in (alice.username, *pseudonyms, "submitted_at", "annotator"):
        assert name not in answer.content.decode().replace("annotators", "")


def test_nothing_is_told_of_what_was_said_before_a_case_is_filled(study, alice, carol):
    case = submit(case_next(study=study, annotator=alice), note="alice's note").assignment.case
    answer = client_of(carol).get(url_of(case))
    assert (answer.json()["complete"], answer.json()["annotations"]) == (False, [])
    assert "alice's note" not in answer.content.decode()


def test_who_judged_the_case_too_is_told(study, carol, alice):
    study.memberships.filter(user=alice).update(role="adjudicator")
    case = judged(study, {"label": "helped"}, {"label": "hurt"})
    assert client_of(alice).get(url_of(case)).json()["own"] is True
    assert client_of(carol).get(url_of(case)).json()["own"] is False


# --- the decision ---------------------------------------------------------------------------------------------------


def test_a_decision_becomes_the_gold_of_the_case_and_ends_its_wait(study, rain, carol):
    answer = decide(carol, rain, patterns=["other"], other_text="a title", spans=[SPAN])
    gold = answer.json()
    assert answer.status_code == 200
    assert gold.pop("decided_at")
    assert gold == {
        "label": "hurt",
        "patterns": ["other"],
        "other_text": "a title",
        "spans": [SPAN],
        "by": "adjudicator",
        "reason": "A counts the commas.",
        "revision": 1,
    }
    seen = client_of(carol).get(url_of(rain)).json()
    assert (seen["revision"], seen["gold"]["label"]) == (1, "hurt")
    assert client_of(carol).get(UNDECIDED).json()["results"] == []


def test_the_same_decision_sent_again_is_one(study, rain, carol):
    assert decide(carol, rain).json() == decide(carol, rain).json()
    assert Adjudication.objects.count() == 1


def test_a_decision_on_an_older_revision_is_refused_in_words(study, rain, carol, lena):
    member_add(study=study, user=lena, role="lead")
    decide(carol, rain)
    refused = decide(lena, rain, label="helped")
    assert refused.status_code == 409
    assert "decision 1 was taken meanwhile" in refused.json()["detail"]
    taken = decide(lena, rain, label="helped", base_revision=1)
    assert (taken.json()["by"], taken.json()["revision"]) == ("lead", 2)


def test_an_annotation_that_was_revised_since_the_case_was_read_is_told(study, rain, carol, bob):
    seen = client_of(carol).get(url_of(rain)).json()["seen"]
    submit(rain.assignments.get(annotator=bob), note="I looked again.")
    refused = decide(carol, rain, seen=seen)
    assert (refused.status_code, "revised their annotation meanwhile" in refused.json()["detail"]) == (409, True)
    assert decide(carol, rain, seen=client_of(carol).get(url_of(rain)).json()["seen"]).status_code == 200


def test_a_codebook_that_was_changed_since_the_case_was_read_is_told(study, rain, carol):
    read = client_of(carol).get(url_of(rain)).json()["codebook"]
    codebook_edit(study=study, base_id=read, content=REDEFINED)
    refused = decide(carol, rain, codebook=read)
    assert (refused.status_code, "the codebook was changed" in refused.json()["detail"]) == (409, True)
    assert decide(carol, rain, codebook=client_of(carol).get(url_of(rain)).json()["codebook"]).status_code == 200


def test_a_case_that_is_not_filled_or_is_for_practice_cannot_be_decided(study, carol, alice):
    case = submit(case_next(study=study, annotator=alice)).assignment.case
    refused = decide(carol, case)
    assert (refused.status_code, "not fully judged yet" in refused.json()["detail"]) == (409, True)
    practice = study.cases.exclude(pk=case.pk).first()
    Practice.objects.create(case=practice, label="helped")
    Case.objects.filter(pk=practice.pk).update(complete=True)
    refused = decide(carol, practice)
    assert (refused.status_code, "is for practice" in refused.json()["detail"]) == (409, True)
    assert client_of(carol).get(url_of(practice)).json()["practice"] is True


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"label": "won"}, "label: 'won' is unknown; choose one of helped, hurt, no_difference, cant_tell."),
        ({"reason": "  "}, "reason: This field may not be blank."),
        ({"base_revision": -1}, "base_revision: Ensure this value is greater than or equal to 0."),
        ({"patterns": ["none"]}, "Pattern 'none' is not in the codebook; known patterns: formatting-gained, "),
        ({"patterns": ["other"]}, "Pattern 'other' needs words;"),
        ({"spans": [SPAN, {**SPAN, "end": 9_000}]}, "spans.1: [0, 9000) is no piece of second.answer, which has 18 "),
        ({"spans": [{**SPAN, "start": 4}]}, "spans.0: [4, 4) is no piece of second.answer, which has "),
        ({"base_revision": 7}, "base_revision: 7 was never the revision of case "),
        (
            {"spans": [{**SPAN, "text": "left"}]},
            "spans.0.text: 'left' is unknown; choose one of prompt, ",
        ),
        ({"author": 1}, "Unknown field 'author'; known fields: base_revision, label, "),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_in_one_sentence(study, rain, carol, fields, complaint):
    refused = decide(carol, rain, **fields)
    assert (refused.status_code, refused.json()["detail"][: len(complaint)]) == (400, complaint)
    assert not Adjudication.objects.exists()


def test_annotators_and_strangers_find_no_door_to_adjudication(study, rain, alice, mallory):
    make_world("other")
    lead_elsewhere = User.objects.create_user("dora")
    member_add(study=make_world("third").study, user=lead_elsewhere, role="lead")
    for person in (alice, mallory, lead_elsewhere):
        assert client_of(person).get(UNDECIDED).status_code == 404
        assert client_of(person).get(url_of(rain)).status_code == 404
        assert decide(person, rain).status_code == 404
    assert not Adjudication.objects.exists()


def test_a_case_of_another_study_is_not_found_through_this_one(study, carol):
    other = make_world("other").study.cases.first()
    assert client_of(carol).get(url_of(other)).status_code == 404
