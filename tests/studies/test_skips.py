"""Skips: taken back by their annotator, listed for leads, and no case that nobody is left for without a word."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import QuerySet

from annotator.events.models import Event
from annotator.studies.errors import AssignmentClosed, LeaseLost, NotBlind, ReworkRefused, SkipRefused, StudyClosed
from annotator.studies.models import Assignment, Draft, Rework
from annotator.studies.selectors.history import case_history
from annotator.studies.selectors.skipped_cases import cases_with_skips, skipped_cases, stranded_cases
from annotator.studies.services import (
    assignment_choose_blind,
    assignment_skip,
    case_hand_out_again,
    case_next,
    draft_save,
    member_add,
    skip_take_back,
    study_close,
    study_reopen,
)
from tests.cast import World, make_world
from tests.studies.annotating import held_by, submit
from tests.studies.test_adjudications import reload
from tests.studies.test_queue import at_once, crowd, expire


def skip(assignment: Assignment, reason: str = "I wrote this prompt") -> Assignment:
    return assignment_skip(assignment=assignment, reason=reason)


def only(study, case) -> None:
    """Leave this case alone in the study, so that the queue has nothing else."""
    study.cases.exclude(pk=case.pk).update(complete=True)


def test_a_skip_is_taken_back_by_its_author_with_draft_choice_and_sides(world: World, alice: User) -> None:
    held = assignment_choose_blind(assignment=held_by(world.study, alice), choice="right")
    draft_save(assignment=held, version=0, content={"note": "half a thought"})
    skip(held)
    back = skip_take_back(assignment=held)
    assert (back.pk, back.status, back.blind_choice) == (held.pk, "held", "right")
    assert back.second_is_left == held.second_is_left
    assert Draft.objects.get(assignment=held).content == {"note": "half a thought"}
    assert held_by(world.study, alice) == held
    assert skip_take_back(assignment=held).status == "held"


def test_the_reasons_of_all_skips_stay_in_the_history(world: World, alice: User) -> None:
    held = held_by(world.study, alice)
    skip(held, "too long")
    skip_take_back(assignment=held)
    held.refresh_from_db()
    skip(held, "too dull")
    story = [(event.kind, event.text) for event in case_history(reload(held.case)).events if "skip" in event.kind]
    assert story == [("skipped", "too long"), ("unskipped", "too long"), ("skipped", "too dull")]
    QuerySet(Event).delete()  # as if it was skipped before skips had events
    story = [(event.kind, event.text) for event in case_history(reload(held.case)).events if "skip" in event.kind]
    assert story == [("skipped", "too dull")]


def test_a_skip_is_not_taken_back_once_others_have_taken_the_case(world: World, alice: User, bob: User) -> None:
    held = held_by(world.study, alice)
    only(world.study, held.case)
    skip(held)
    bobs = held_by(world.study, bob)
    with pytest.raises(LeaseLost, match="others have taken it since you skipped it"):
        skip_take_back(assignment=held)
    expire(bobs)
    assert skip_take_back(assignment=held).status == "held"
    skip(held)
    submit(bobs)
    with pytest.raises(LeaseLost, match="not needed from you"):
        skip_take_back(assignment=held)


def test_a_submitted_case_a_closed_study_and_another_role_refuse_it(world: World, alice: User, lena: User) -> None:
    held = held_by(world.study, alice)
    submit(held)
    with pytest.raises(AssignmentClosed, match="open it to revise it"):
        skip_take_back(assignment=held)
    second = held_by(world.study, alice)
    skip(second)
    second.case.study = study_close(study=world.study)
    with pytest.raises(StudyClosed):
        skip_take_back(assignment=second)
    second.case.study = study_reopen(study=world.study)
    member_add(study=world.study, user=alice, role="curator")
    with pytest.raises(NotBlind):
        skip_take_back(assignment=second)


def test_a_case_skipped_by_all_who_may_judge_it_is_stranded(world: World, alice: User, bob: User) -> None:
    held = held_by(world.study, alice)
    only(world.study, held.case)
    skip(held, "unclear")
    assert list(stranded_cases(world.study)) == []
    skip(held_by(world.study, bob), "me neither")
    assert [case.pk for case in stranded_cases(world.study)] == [held.case_id]
    (row,) = skipped_cases(world.study, cases_with_skips(world.study))
    assert ([skip.reason for skip in row.skips], row.needed, row.left) == (["unclear", "me neither"], 1, 0)
    assert row.stranded
    member_add(study=world.study, user=User.objects.create_user("zoe"), role="annotator")
    assert list(stranded_cases(world.study)) == []


def test_with_an_overlap_of_two_one_skip_of_two_annotators_strands_a_case(alice: User, bob: User, lena: User) -> None:
    study = make_world(overlap=2).study
    for person, role in ((alice, "annotator"), (bob, "annotator"), (lena, "lead")):
        member_add(study=study, user=person, role=role)
    held = held_by(study, alice)
    skip(held)
    assert [case.pk for case in stranded_cases(study)] == [held.case_id]
    submit(held_by(study, bob))
    assert [case.pk for case in stranded_cases(study)] == [held.case_id]  # half judged, and nobody for the other half


def test_a_stranded_case_is_handed_out_again_with_a_note_and_ends_in_somebodys_hands(
    world: World, alice: User, bob: User, lena: User
) -> None:
    held = held_by(world.study, alice)
    only(world.study, held.case)
    skip(held)
    skip(held_by(world.study, bob))
    assert case_next(study=world.study, annotator=alice) is None
    assert case_hand_out_again(case=reload(held.case), author=lena, note="Can’t tell is an annotation too.") == 2
    assert list(stranded_cases(world.study)) == []
    again = held_by(world.study, alice)
    assert again == held
    assert case_next(study=world.study, annotator=bob) is None  # one slot, and alice has it
    note = Rework.objects.get(member__user=alice)
    assert note.note == "Can’t tell is an annotation too."
    submit(again, rework=note.pk)
    assert reload(held.case).complete
    note.refresh_from_db()
    assert note.closed_at is not None


def test_skipping_it_once_more_closes_the_note_and_strands_it_again(world: World, alice: User, lena: User) -> None:
    held = held_by(world.study, alice)
    only(world.study, held.case)
    skip(held)
    case_hand_out_again(case=reload(held.case), author=lena, note="Please.")
    skip(held_by(world.study, alice), "still no")
    assert not Rework.objects.filter(closed_at=None).exists()
    assert case_hand_out_again(case=reload(held.case), author=lena) == 1


def test_what_needs_nobody_is_not_handed_out_again(world: World, alice: User, bob: User, lena: User) -> None:
    held = held_by(world.study, alice)
    with pytest.raises(SkipRefused, match="nobody who annotates in this study skips it now"):
        case_hand_out_again(case=reload(held.case), author=lena)
    only(world.study, held.case)
    skip(held)
    with pytest.raises(ReworkRefused, match="at most 2000"):
        case_hand_out_again(case=reload(held.case), author=lena, note="n" * 2001)
    submit(held_by(world.study, bob))
    with pytest.raises(SkipRefused, match="fully judged"):
        case_hand_out_again(case=reload(held.case), author=lena)
    study_close(study=world.study)
    with pytest.raises(StudyClosed, match="hands out no case"):
        case_hand_out_again(case=reload(held.case), author=lena)


def test_the_migration_dates_the_skips_that_are_there(world: World, alice: User) -> None:
    held = held_by(world.study, alice)
    skip(held)
    Assignment.objects.update(skipped_at=None)
    importlib.import_module("annotator.studies.migrations.0008_rework").date_skips(apps, None)
    held.refresh_from_db()
    assert held.skipped_at == held.touched_at


@pytest.mark.django_db(transaction=True)
def test_of_a_skip_taken_back_and_another_annotator_at_once_one_gets_the_last_slot() -> None:
    world = make_world()
    owner, other = crowd(world, 2)
    held = held_by(world.study, owner)
    only(world.study, held.case)
    for _ in range(3):
        skip(held)
        held = Assignment.objects.select_related("case__study", "annotator").get(pk=held.pk)
        got: list[Assignment | None] = []
        acts = [
            lambda held=held: skip_take_back(assignment=held),
            lambda got=got: got.append(case_next(study=world.study, annotator=other)),
        ]
        failures = at_once(lambda act: act(), acts)
        taken = got[0] is not None
        assert [type(failure) for failure in failures] == ([LeaseLost] if taken else [])
        assert Assignment.objects.filter(case=held.case, status="held").count() == 1
        Assignment.objects.filter(annotator=other).delete()
        Assignment.objects.update(status="held")


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_hand_a_case_out_once() -> None:
    world = make_world()
    annotator, *leads = crowd(world, 3)
    held = held_by(world.study, annotator)
    skip(held)
    case = reload(held.case)
    failures = at_once(lambda lead: case_hand_out_again(case=case, author=lead), leads)
    assert [type(failure) for failure in failures] == [SkipRefused]
    assert Rework.objects.count() == 1
