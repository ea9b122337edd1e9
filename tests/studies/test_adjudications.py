"""Decisions: by people with a reason, automatic where all agree, appended, never overwriting each other."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from annotator.studies.errors import AdjudicationRefused, FlagRefused, NothingToDecide, StaleRevision
from annotator.studies.models import Adjudication, Assignment, Case, Practice, Study
from annotator.studies.selectors.adjudication_queue import next_undecided, undecided_cases
from annotator.studies.selectors.adjudication_sheet import adjudication_sheet
from annotator.studies.services import (
    adjudication_decide,
    assignment_skip,
    case_next,
    flag_raise,
    flag_settle,
    member_add,
)
from annotator.studies.services.gold import adjudication_by_rule
from tests.cast import make_world
from tests.studies.annotating import submit
from tests.studies.test_queue import at_once

DISPUTE = {"side": "second", "constraint": 1, "reason": "no comma there"}
SPAN = {"text": "second.answer", "start": 0, "end": 4, "pattern": "neglected"}


@pytest.fixture
def study(alice, bob, carol):
    """Two annotators a case, and carol to decide where they differ."""
    study = make_world(overlap=2).study
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator")):
        member_add(study=study, user=person, role=role)
    return study


def judged(study, *annotations):
    """The next case, submitted by alice and bob with these fields; (case, [assignment, ...])."""
    people = User.objects.filter(username__in=["alice", "bob"]).order_by("username")
    held = [case_next(study=study, annotator=person) for person in people]
    assert len({assignment.case_id for assignment in held}) == 1
    for assignment, fields in zip(held, annotations, strict=True):
        submit(assignment, **fields)
    return reload(held[0].case), held


def reload(case):
    return Case.objects.select_related("study", "prompt", "first", "second").get(pk=case.pk)


def decide(case, author, **fields):
    decision = {
        "base_revision": 0,
        "label": "hurt",
        "patterns": [],
        "other_text": "",
        "spans": [],
        "reason": "A is right.",
    }
    return adjudication_decide(case=case, author=author, **{**decision, **fields})


def waiting(study):
    return [undecided.case.pk for undecided in undecided_cases(study, limit=50)]


# --- by rule --------------------------------------------------------------------------------------------------------


def test_annotators_who_say_the_same_make_a_case_gold_by_rule(study):
    same = {"label": "hurt", "patterns": ["other", "neglected"], "other_text": "it adds a title"}
    case, _ = judged(study, same, same)
    gold = case.adjudications.get()
    assert (gold.label, gold.author, gold.revision) == ("hurt", None, 1)
    assert [pattern.slug for pattern in gold.patterns.all()] == ["neglected", "other"]
    assert gold.other_text == "it adds a title"
    assert gold.reason == "By rule: all 2 annotations agree."
    assert waiting(study) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"label": "hurt"}, {"label": "helped"}),
        ({"label": "hurt", "patterns": ["neglected"]}, {"label": "hurt"}),
        ({"label": "hurt", "patterns": ["neglected"]}, {"label": "hurt", "patterns": ["formatting-gained"]}),
    ],
)
def test_annotators_who_differ_leave_the_case_to_an_adjudicator(study, first, second):
    case, _ = judged(study, first, second)
    assert not case.adjudications.exists()
    assert waiting(study) == [case.pk]


def test_a_case_that_is_not_filled_is_neither_gold_nor_waiting(study, alice):
    case = submit(case_next(study=study, annotator=alice)).assignment.case
    assert not case.adjudications.exists()
    assert waiting(study) == []


def test_the_one_annotation_that_a_study_asks_for_is_gold_and_says_so(alice):
    study = make_world(overlap=1).study
    member_add(study=study, user=alice, role="annotator")
    case = submit(case_next(study=study, annotator=alice)).assignment.case
    assert case.adjudications.get().reason == "By rule: the one annotation that the study asks for."


def test_gold_by_rule_has_the_evidence_of_all_once(study):
    case, held = judged(study, {"label": "hurt"}, {"label": "helped"})
    outside, broken = {**SPAN, "end": 10**6, "quote": "gone"}, "not a span"
    for assignment, spans in zip(held, ([SPAN], [{**SPAN, "start": 1}, SPAN, outside, broken]), strict=True):
        assignment.annotations.update(label="hurt", spans=spans)
    adjudication_by_rule(case=case)
    answer = case.second.answer
    assert case.adjudications.get().spans == [
        {**SPAN, "quote": answer[:4]},
        {**SPAN, "start": 1, "quote": answer[1:4]},
    ]


def test_a_revision_that_breaks_the_agreement_withdraws_the_gold_by_a_further_one(study):
    case, held = judged(study, {}, {})
    submit(held[1], base_revision=1, label="hurt")
    assert list(case.adjudications.values_list("revision", "label", "reason")) == [
        (1, "helped", "By rule: all 2 annotations agree."),
        (2, "", "By rule: the annotations no longer agree."),
    ]
    assert waiting(study) == [case.pk]


def test_agreeing_again_makes_it_gold_again(study):
    case, held = judged(study, {"label": "hurt"}, {"label": "helped"})
    submit(held[1], base_revision=1, label="hurt")
    assert case.adjudications.get().label == "hurt"
    for assignment in held:
        submit(assignment, base_revision=assignment.annotations.count(), label="cant_tell")
    assert list(case.adjudications.values_list("label", flat=True)) == ["hurt", "", "cant_tell"]
    assert waiting(study) == []


def test_a_revision_that_changes_nothing_but_a_note_appends_no_decision(study):
    case, held = judged(study, {}, {})
    submit(held[0], base_revision=1, note="a typo mended")
    assert case.adjudications.count() == 1


def test_the_rule_never_speaks_after_a_person(study, carol):
    case, held = judged(study, {"label": "hurt"}, {"label": "helped"})
    decide(case, carol, label="cant_tell")
    submit(held[1], base_revision=1, label="hurt")
    assert case.adjudications.get().label == "cant_tell"
    assert waiting(study) == []


def test_a_practice_case_is_never_gold_and_never_waits(study):
    for case in study.cases.all():
        Practice.objects.create(case=case, label="hurt")
    case, _ = judged(study, {}, {})
    assert not case.adjudications.exists()
    assert waiting(study) == []


# --- by people ------------------------------------------------------------------------------------------------------


def test_an_adjudicator_decides_with_a_reason(study, carol):
    case, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    row = decide(case, carol, patterns=["neglected"], spans=[SPAN], reason="  B overlooked the comma. ")
    assert (row.label, row.author, row.revision, row.reason) == ("hurt", carol, 1, "B overlooked the comma.")
    assert [pattern.slug for pattern in row.patterns.all()] == ["neglected"]
    assert row.spans == [{**SPAN, "quote": case.second.answer[0:4]}]
    assert waiting(study) == []


def test_a_decision_can_be_revised_and_the_earlier_one_stays(study, carol, lena):
    case, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    decide(case, carol)
    decide(case, lena, base_revision=1, label="helped", reason="Read it again.")
    assert list(case.adjudications.values_list("revision", "label", "author__username")) == [
        (1, "hurt", "carol"),
        (2, "helped", "lena"),
    ]


def test_a_person_may_overrule_the_rule(study, carol):
    case, _ = judged(study, {}, {})
    assert decide(case, carol, base_revision=1, label="cant_tell").revision == 2


def test_a_decision_on_an_older_page_is_refused(study, carol, lena):
    case, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    decide(case, carol)
    with pytest.raises(StaleRevision, match="decision 1 was taken meanwhile"):
        decide(case, lena, label="helped")
    assert case.adjudications.get().author == carol


def test_a_decision_over_an_annotation_that_was_revised_meanwhile_is_refused_once(study, carol):
    case, held = judged(study, {"label": "helped"}, {"label": "hurt"})
    seen = adjudication_sheet(case, carol).seen
    submit(held[1], label="no_difference")
    with pytest.raises(StaleRevision, match="revised their annotation meanwhile; read what they say now"):
        decide(case, carol, seen=seen)
    assert decide(case, carol, seen=adjudication_sheet(case, carol).seen).label == "hurt"


def test_the_same_decision_sent_twice_is_one(study, carol):
    case, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    assert decide(case, carol, spans=[SPAN]).pk == decide(case, carol, spans=[SPAN]).pk


def test_a_closed_study_still_takes_decisions(study, carol):
    case, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    Study.objects.update(status=Study.Status.CLOSED)
    assert decide(case, carol).label == "hurt"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"reason": " "}, "needs a reason"),
        ({"reason": "x" * 5_001}, "The reason has 5001 characters"),
        ({"label": ""}, "choose one of helped, hurt, no_difference, cant_tell"),
        ({"patterns": ["laziness"]}, "known patterns: formatting-gained, neglected, other"),
        ({"patterns": ["other"]}, "'other' needs words"),
        ({"patterns": ["other"], "other_text": "x" * 501}, "501 characters; at most 500"),
        ({"spans": [{**SPAN, "end": 10_000}]}, "outside its text"),
        ({"spans": [{**SPAN, "start": 4}]}, "outside its text"),
        ({"spans": [{**SPAN, "start": -1}]}, "outside its text"),
        ({"spans": [{**SPAN, "start": "0"}]}, "outside its text"),
        ({"spans": [{**SPAN, "text": "left.answer"}]}, "outside its text"),
        ({"spans": [{**SPAN, "text": ["second.answer"]}]}, "outside its text"),
        ({"spans": ["prompt"]}, "outside its text"),
        ({"spans": [{**SPAN, "pattern": "laziness"}]}, "'laziness', which is not in the codebook"),
        ({"spans": [SPAN] * 501}, "501 evidence spans; at most 500"),
    ],
)
def test_a_decision_that_says_too_little_or_too_much_is_refused(study, carol, fields, complaint):
    case, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    with pytest.raises(AdjudicationRefused, match=complaint):
        decide(case, carol, **fields)
    assert waiting(study) == [case.pk]


def test_a_case_that_is_not_filled_cannot_be_decided(study, alice, carol):
    case = submit(case_next(study=study, annotator=alice)).assignment.case
    with pytest.raises(NothingToDecide, match="decide it when 2 people have submitted"):
        decide(reload(case), carol)


# --- the order of what waits ----------------------------------------------------------------------------------------


def test_flagged_and_disputed_cases_come_first(study, carol):
    cases, flags = [], []
    for _ in range(4):
        case, held = judged(study, {"label": "hurt"}, {"label": "helped"})
        cases.append(case)
        flags.append(held[1])
    plain = sorted(case.pk for case in cases)
    assert waiting(study) == plain
    last, third = sorted(cases, key=lambda case: case.pk)[3], sorted(cases, key=lambda case: case.pk)[2]
    flag = flag_raise(assignment=next(row for row in flags if row.case_id == last.pk), reason="two readings")
    submit(third.assignments.first(), base_revision=1, label="hurt", disputes=[DISPUTE])
    assert waiting(study) == [third.pk, last.pk, *plain[:2]]
    assert next_undecided(study, reader=carol, after=third) == last
    assert next_undecided(study, reader=carol, after=reload(Case(pk=plain[1]))) == third
    flag_settle(flag=flag)
    assert waiting(study) == [third.pk, *plain[:2], last.pk]


def test_a_disputed_case_waits_although_all_agree_until_a_person_decides_or_the_dispute_is_taken_back(study, carol):
    case, held = judged(study, {}, {"disputes": [DISPUTE]})
    assert case.adjudications.get().label == "helped"
    assert waiting(study) == [case.pk]
    submit(held[1], base_revision=1)
    assert waiting(study) == []
    submit(held[0], base_revision=1, disputes=[DISPUTE])
    decide(reload(case), carol, base_revision=1)
    assert waiting(study) == []
    submit(held[0], base_revision=2, disputes=[DISPUTE])
    assert waiting(study) == []


def test_nothing_is_next_where_no_other_case_waits(study, carol):
    case, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    assert next_undecided(study, reader=carol, after=case) is None


# --- flags ----------------------------------------------------------------------------------------------------------


def test_a_case_is_flagged_once_and_settled_once(study, alice):
    held = case_next(study=study, annotator=alice)
    flag = flag_raise(assignment=held, reason=" The prompt contradicts itself.\x00 ")
    assert flag.reason == "The prompt contradicts itself.\ufffd"
    assert flag_raise(assignment=held, reason="The prompt contradicts itself.\x00").pk == flag.pk
    settled_at = flag_settle(flag=flag).settled_at
    assert flag_settle(flag=flag).settled_at == settled_at
    with pytest.raises(FlagRefused, match="You flagged case"):
        flag_raise(assignment=held, reason="Something else.")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_flag_needs_a_reason_that_fits(study, alice, reason):
    with pytest.raises(FlagRefused):
        flag_raise(assignment=case_next(study=study, annotator=alice), reason=reason)


def test_a_skipped_case_may_be_flagged(study, alice):
    held = case_next(study=study, annotator=alice)
    assignment_skip(assignment=held, reason="cannot read it")
    assert flag_raise(assignment=Assignment.objects.get(), reason="wrong language").settled_at is None


# --- races ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def contested(transactional_db):
    study = make_world(overlap=2).study
    people = [User.objects.create_user(name) for name in ("alice", "bob", "carol", "lena", "dan", "erin")]
    for person in people[:2]:  # before they adjudicate: whoever reads whose answer is whose judges nothing blind
        member_add(study=study, user=person, role="annotator")
    case, held = judged(study, {"label": "hurt"}, {"label": "helped"})
    for person in people:
        member_add(study=study, user=person, role="adjudicator")
    return case, held, people


@pytest.mark.django_db(transaction=True)
def test_of_adjudicators_at_once_one_decides_and_the_others_are_told(contested):
    case, _, people = contested
    failures = at_once(lambda person: decide(reload(case), person, reason=f"by {person}"), people)
    assert {type(failure) for failure in failures} == {StaleRevision}
    assert len(failures) == len(people) - 1
    assert Adjudication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_adjudicator_clicking_many_times_decides_once(contested):
    case, _, people = contested
    assert at_once(lambda _: decide(reload(case), people[2]), range(6)) == []
    assert Adjudication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_decision_stands_whatever_annotators_revise_at_the_same_moment(contested):
    case, held, people = contested

    def act(number):
        if number == 0:
            decide(reload(case), people[2], label="cant_tell", base_revision=0)
        else:
            assignment = Assignment.objects.select_related("case__study").get(pk=held[1].pk)
            submit(assignment, submission_key=uuid4(), base_revision=number, label="hurt")

    failures = at_once(act, range(2))
    assert {type(failure) for failure in failures} <= {StaleRevision}  # the automatic decision came first
    newest = case.adjudications.last()
    assert (newest.label, newest.author_id) in {("cant_tell", people[2].pk), ("hurt", None)}
    assert case.adjudications.count() == 1
