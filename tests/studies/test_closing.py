"""Closing and reopening a study: an annotation counts or is refused with a sentence, and nothing is lost."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from annotator.studies.errors import StudyClosed
from annotator.studies.models import Annotation, Assignment, Case, Draft, Membership, Study
from annotator.studies.services import (
    assignment_choose_blind,
    assignment_renew,
    assignment_skip,
    case_next,
    case_prefetch,
    draft_save,
    member_add,
    study_close,
    study_reopen,
)
from tests.cast import make_world
from tests.studies.annotating import submit
from tests.studies.test_queue import at_once

PEOPLE = 8


@pytest.fixture
def held(world, alice):
    assignment = case_next(study=world.study, annotator=alice)
    assignment_choose_blind(assignment=assignment, choice="left")
    return assignment


def read_again(assignment):
    return Assignment.objects.select_related("case__study").get(pk=assignment.pk)


def test_a_closed_study_hands_out_holds_and_takes_nothing_and_says_so(world, alice, bob, held):
    other = case_next(study=world.study, annotator=bob)
    study_close(study=world.study)
    for work in (
        lambda: case_next(study=world.study, annotator=alice),
        lambda: case_prefetch(study=world.study, annotator=alice),
        lambda: assignment_renew(assignment=read_again(held)),
        lambda: assignment_choose_blind(assignment=read_again(other), choice="left"),
        lambda: assignment_skip(assignment=read_again(held), reason="late"),
        lambda: submit(read_again(held)),
    ):
        with pytest.raises(StudyClosed, match=r"takes no more work.*kept"):
            work()
    assert not Annotation.objects.exists()
    assert read_again(held).status == "held"


def test_what_is_typed_into_a_closed_study_is_kept_and_submitted_when_it_is_open_again(world, alice, held):
    study_close(study=world.study)
    draft_save(assignment=held, version=0, content={"note": "half a thou"})
    study_reopen(study=world.study)
    assert case_next(study=world.study, annotator=alice) == held
    assert Draft.objects.get(assignment=held).content == {"note": "half a thou"}
    assert submit(read_again(held)).revision == 1


def test_closing_twice_and_opening_twice_change_nothing(world):
    for change, status in ((study_close, "closed"), (study_reopen, "open")):
        for _ in range(2):
            assert change(study=world.study).status == status
            assert Study.objects.get().status == status


def test_the_answer_to_a_submission_that_was_lost_is_given_again_although_the_study_was_closed(world, held):
    key = uuid4()
    first = submit(held, submission_key=key)
    study_close(study=world.study)
    assert submit(read_again(held), submission_key=key, base_revision=0) == first


@pytest.mark.django_db(transaction=True)
def test_of_submissions_while_a_study_closes_each_counts_whole_or_is_refused_in_words():
    study = make_world(overlap=PEOPLE).study
    people = [User.objects.create_user(f"person{n}") for n in range(PEOPLE)]
    for person in people:
        member_add(study=study, user=person, role=Membership.Role.ANNOTATOR)
    holds = {person: case_next(study=study, annotator=person) for person in people}
    for assignment in holds.values():
        assignment_choose_blind(assignment=assignment, choice="left")

    def act(person):
        if person is None:
            study_close(study=Study.objects.get(pk=study.pk))
        else:
            submit(read_again(holds[person]))

    failures = at_once(act, [*people[: PEOPLE // 2], None, *people[PEOPLE // 2 :]])
    assert {type(failure) for failure in failures} <= {StudyClosed}
    assert Study.objects.get().status == "closed"
    taken = Annotation.objects.count()
    assert taken == PEOPLE - len(failures)
    assert Assignment.objects.filter(status=Assignment.Status.SUBMITTED).count() == taken
    assert sum(Case.objects.values_list("submissions", flat=True)) == taken
