"""The end of the queue: what is left, who holds the rest, and what is still being generated."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.runs.models import Generation
from annotator.studies.models import Assignment
from annotator.studies.selectors.queue_state import QueueState, queue_state
from annotator.studies.services import (
    assignment_skip,
    case_next,
    case_prefetch,
    check_set,
    rework_request,
    study_check_every,
    study_close,
)
from tests.cast import SCENES, World
from tests.studies.annotating import submit
from tests.studies.test_queue import expire, next_for


def state(world: World, person: User) -> QueueState:
    return queue_state(world.study, person)


def test_a_new_annotator_has_all_cases_to_do(world: World, alice: User) -> None:
    seen = state(world, alice)
    assert (seen.state, seen.remaining, seen.elsewhere, seen.total) == ("work", len(SCENES), 0, len(SCENES))


def test_the_held_case_counts_as_work(world: World, alice: User) -> None:
    held = next_for(world, alice)
    world.study.cases.exclude(pk=held.case_id).update(complete=True)
    assert (state(world, alice).state, state(world, alice).remaining) == ("work", 1)


def test_cases_that_others_hold_are_told_and_come_free_with_their_lease(world: World, alice: User, bob: User) -> None:
    bobs = next_for(world, bob)
    world.study.cases.exclude(pk=bobs.case_id).update(complete=True)
    assert (state(world, alice).state, state(world, alice).elsewhere) == ("elsewhere", 1)
    assert case_next(study=world.study, annotator=alice) is None
    expire(bobs)
    assert state(world, alice).state == "work"
    assert case_next(study=world.study, annotator=alice) is not None


def test_a_case_that_is_only_prefetched_for_another_can_be_taken_over(world: World, alice: User, bob: User) -> None:
    held = next_for(world, bob)
    prefetched = case_prefetch(study=world.study, annotator=bob)
    assert prefetched is not None
    world.study.cases.exclude(pk__in=[held.case_id, prefetched.case_id]).update(complete=True)
    assert (state(world, alice).available, state(world, alice).elsewhere) == (True, 1)
    assert next_for(world, alice).case_id == prefetched.case_id


def test_nothing_left_says_how_many_are_done_and_skipped(world: World, alice: User) -> None:
    assignment_skip(assignment=next_for(world, alice), reason="no")
    while (assignment := next_for(world, alice)) is not None:
        submit(assignment)
    seen = state(world, alice)
    assert (seen.state, seen.done, seen.skipped, seen.works) == ("done", len(SCENES) - 1, 1, False)


def test_while_generation_goes_on_more_is_to_come(world: World, alice: User) -> None:
    world.study.cases.all().delete()
    Generation.objects.filter(run=world.second_run).update(status="queued")
    seen = state(world, alice)
    assert (seen.state, seen.cases, seen.prompts) == ("coming", 0, len(SCENES))
    Generation.objects.update(status="failed")
    assert state(world, alice).state == "no_cases"


@pytest.mark.parametrize("left", [0, 3])
def test_a_closed_study_says_that_it_is_closed_whatever_is_left(world: World, alice: User, left: int) -> None:
    world.study.cases.filter(pk__in=list(world.study.cases.values_list("pk", flat=True))[left:]).update(complete=True)
    study_close(study=world.study)
    assert state(world, alice).state == "closed"


def test_what_is_sent_back_comes_before_everything(world: World, alice: User, lena: User) -> None:
    first = next_for(world, alice)
    submit(first)
    rework_request(assignment=first, author=lena, note="Again.", base_revision=1)
    seen = state(world, alice)
    assert (seen.state, seen.sent_back, seen.done) == ("sent_back", 1, 1)


def test_the_number_of_queries_does_not_grow_with_the_study(
    world: World, alice: User, django_assert_max_num_queries
) -> None:
    Assignment.objects.all().delete()
    with django_assert_max_num_queries(10):
        state(world, alice)


def test_a_hidden_check_is_work_when_it_is_due_or_held(world: World, alice: User) -> None:
    check, *others = world.study.cases.all()
    for other in others:
        other.complete = True
        other.save()
    check_set(case=check, label="hurt")
    study_check_every(study=world.study, every=2)
    held = next_for(world, alice)
    due = held is not None
    Assignment.objects.all().delete()
    assert state(world, alice).works == due
    held = next_for(world, alice) or Assignment.objects.create(
        case=check, annotator=alice, second_is_left=True, lease_until=timezone.now()
    )
    assert state(world, alice).works
    submit(held)
    assert state(world, alice).state == "done"
