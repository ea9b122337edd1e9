"""Annotations: blind first, appended, never doubled, never lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.studies.errors import (
    AnnotationRefused,
    AssignmentClosed,
    BlindChoiceFixed,
    BlindChoiceMissing,
    CaseComplete,
    StaleRevision,
    StudyClosed,
)
from annotator.studies.models import Annotation, Assignment, Draft, Study
from annotator.studies.services import (
    AnnotationContent,
    annotation_submit,
    assignment_choose_blind,
    assignment_skip,
    case_next,
    draft_save,
    member_add,
)
from tests.cast import make_world
from tests.studies.annotating import submit
from tests.studies.test_queue import at_once, expire

HURT = AnnotationContent(label="hurt")


@pytest.fixture
def held(world, alice):
    return case_next(study=world.study, annotator=alice)


def test_an_annotation_is_kept_with_everything_that_was_said(held):
    key = uuid4()
    annotation = submit(
        held,
        submission_key=key,
        label="hurt",
        patterns=["neglected", "other"],
        other_text=" why ",
        note="n",
        seconds=42,
    )
    kept = Annotation.objects.get(pk=annotation.pk)
    assert (kept.revision, kept.label, kept.other_text, kept.note, kept.seconds) == (1, "hurt", "why", "n", 42)
    assert kept.submission_key == key
    assert {pattern.slug for pattern in kept.patterns.all()} == {"neglected", "other"}
    held.refresh_from_db()
    assert held.status == Assignment.Status.SUBMITTED
    assert held.case.complete


def test_a_blind_study_refuses_the_annotation_before_the_blind_choice(held):
    with pytest.raises(BlindChoiceMissing, match="first say which answer obeys better"):
        annotation_submit(assignment=held, submission_key=uuid4(), base_revision=0, content=HURT)


def test_an_open_study_takes_the_annotation_at_once(alice):
    study = make_world(blind=False).study
    member_add(study=study, user=alice, role="annotator")
    held = case_next(study=study, annotator=alice)
    assert submit(held).revision == 1
    with pytest.raises(BlindChoiceFixed, match="is not blind"):
        assignment_choose_blind(assignment=held, choice="left")


def test_the_blind_choice_is_given_once(held):
    first = assignment_choose_blind(assignment=held, choice="right")
    revealed_at = first.revealed_at
    assert assignment_choose_blind(assignment=held, choice="right").revealed_at == revealed_at
    with pytest.raises(BlindChoiceFixed, match="you chose 'right'"):
        assignment_choose_blind(assignment=held, choice="left")
    with pytest.raises(BlindChoiceFixed, match="choose one of left, same, right"):
        assignment_choose_blind(assignment=held, choice="both")


def test_a_skipped_case_takes_neither_choice_nor_annotation(held):
    assignment_skip(assignment=held, reason="")
    with pytest.raises(AssignmentClosed):
        assignment_choose_blind(assignment=held, choice="left")
    with pytest.raises(AssignmentClosed, match="You skipped case"):
        annotation_submit(assignment=held, submission_key=uuid4(), base_revision=0, content=HURT)


def test_the_same_submission_twice_is_one_annotation(held):
    key = uuid4()
    first = submit(held, submission_key=key, base_revision=0)
    again = submit(held, submission_key=key, base_revision=0)
    assert again.pk == first.pk
    assert Annotation.objects.count() == 1


def test_revising_appends_and_keeps_what_was_said_before(held):
    submit(held, label="helped", note="first thought")
    submit(held, label="hurt", note="second thought", base_revision=1)
    assert list(held.annotations.values_list("revision", "label", "note")) == [
        (1, "helped", "first thought"),
        (2, "hurt", "second thought"),
    ]


def test_a_second_tab_is_told_that_it_is_behind(held):
    submit(held)
    with pytest.raises(StaleRevision, match="revision 1 was submitted from another tab"):
        submit(held, base_revision=0)
    with pytest.raises(StaleRevision):
        submit(held, base_revision=2)
    assert held.annotations.count() == 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"label": "better"}, "choose one of helped, hurt, no_difference, cant_tell"),
        ({"patterns": ["laziness"]}, "known patterns: formatting-gained, neglected, other"),
        ({"patterns": ["other"]}, "'other' needs words"),
        ({"patterns": ["other"], "other_text": "  "}, "'other' needs words"),
        ({"patterns": ["other"], "other_text": "x" * 501}, "has 501 characters; at most 500 fit"),
        ({"note": "x" * 20_001}, "The note has 20001 characters"),
    ],
)
def test_an_annotation_that_says_too_little_or_too_much_is_refused(held, fields, complaint):
    with pytest.raises(AnnotationRefused, match=complaint):
        submit(held, **fields)
    held.refresh_from_db()
    assert held.status == Assignment.Status.HELD


def test_a_pattern_named_twice_counts_once(held):
    assert submit(held, patterns=["neglected", "neglected"]).patterns.count() == 1


@pytest.mark.parametrize(("sent", "stored"), [(None, None), (-5, 0), (12, 12), (10**12, 86_400)])
def test_a_browsers_clock_cannot_break_a_submission(held, sent, stored):
    assert submit(held, seconds=sent).seconds == stored


def test_hostile_notes_are_kept_as_text(held):
    annotation = submit(held, note="<script>\x00\ud800{{ 7*7 }} %s")
    annotation.refresh_from_db()
    assert annotation.note == "<script>\ufffd\ufffd{{ 7*7 }} %s"


def test_a_late_submission_is_taken_while_nobody_took_the_place(held):
    assignment_choose_blind(assignment=held, choice="left")
    expire(held)
    assert submit(held).revision == 1


def test_a_late_submission_to_a_filled_case_is_refused_and_its_draft_kept(world, held, bob):
    assignment_choose_blind(assignment=held, choice="left")
    draft_save(assignment=held, version=0, content={"note": "an hour of work"})
    expire(held)
    submit(case_next(study=world.study, annotator=bob))
    with pytest.raises(CaseComplete, match="others have filled it; your draft is kept"):
        submit(held)
    assert Draft.objects.get(assignment=held).content == {"note": "an hour of work"}


def test_who_holds_a_case_by_a_living_lease_is_not_overtaken_by_a_late_one(world, held, bob):
    assignment_choose_blind(assignment=held, choice="left")
    expire(held)
    bobs = case_next(study=world.study, annotator=bob)
    assert bobs.case_id == held.case_id
    with pytest.raises(CaseComplete):
        submit(held)
    assert submit(bobs).revision == 1


def test_a_submitted_case_can_be_revised_whatever_happened_since(world, held):
    submit(held)
    Assignment.objects.update(lease_until=timezone.now() - timedelta(days=1))
    held.refresh_from_db()
    assert submit(held, base_revision=1).revision == 2


def test_a_case_is_filled_by_its_last_place_only(alice, bob):
    study = make_world(overlap=2).study
    for person in (alice, bob):
        member_add(study=study, user=person, role="annotator")
    first = submit(case_next(study=study, annotator=alice)).assignment
    assert not first.case.complete
    submit(case_next(study=study, annotator=bob))
    first.case.refresh_from_db()
    assert first.case.complete


def test_submitting_drops_the_draft(held):
    draft_save(assignment=held, version=0, content={"note": "x"})
    submit(held)
    assert not Draft.objects.exists()


def test_a_closed_study_takes_no_annotation(held):
    assignment_choose_blind(assignment=held, choice="left")
    Study.objects.update(status=Study.Status.CLOSED)
    with pytest.raises(StudyClosed, match="your draft is kept"):
        submit(Assignment.objects.get(pk=held.pk))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_key", [True, False])
def test_eight_submissions_at_once_leave_one_revision(same_key):
    study = make_world().study
    person = User.objects.create_user("person")
    member_add(study=study, user=person, role="annotator")
    held = case_next(study=study, annotator=person)
    assignment_choose_blind(assignment=held, choice="left")
    key = uuid4()

    def click(_):
        submit(
            Assignment.objects.select_related("case__study").get(pk=held.pk),
            submission_key=key if same_key else uuid4(),
            base_revision=0,
        )

    failures = at_once(click, range(8))
    assert {type(failure) for failure in failures} == (set() if same_key else {StaleRevision})
    assert Annotation.objects.count() == 1
