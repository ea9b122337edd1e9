"""Prefetching: the next case is reserved for its annotator, and never keeps others from working."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from annotator.studies.errors import AssignmentClosed
from annotator.studies.models import Assignment, Case
from annotator.studies.selectors.progress import my_progress
from annotator.studies.services import case_next, case_prefetch, practice_set
from tests.studies.annotating import submit


def next_for(world, annotator):
    return case_next(study=world.study, annotator=annotator)


def prefetched_for(world, annotator):
    return case_prefetch(study=world.study, annotator=annotator)


def test_the_case_prefetched_is_the_one_that_comes_next(world, alice):
    held = next_for(world, alice)
    prefetched = prefetched_for(world, alice)
    assert prefetched.case_id != held.case_id
    submit(held)
    assigned = next_for(world, alice)
    assert (assigned.pk, assigned.second_is_left) == (prefetched.pk, prefetched.second_is_left)
    assert assigned.status == "held"


def test_asking_twice_keeps_one_case(world, alice):
    next_for(world, alice)
    assert prefetched_for(world, alice).pk == prefetched_for(world, alice).pk


def test_nothing_is_kept_for_somebody_without_a_case_in_hand(world, alice):
    assert prefetched_for(world, alice) is None
    submit(next_for(world, alice))
    assert prefetched_for(world, alice) is None


def test_nothing_is_prefetched_of_practice(world, alice):
    practice = world.study.cases.order_by("queue_rank")[0]
    practice_set(case=practice, label="hurt", patterns=[], feedback="The comma.")
    assert next_for(world, alice).case_id == practice.pk
    assert prefetched_for(world, alice) is None


def test_others_get_another_case_than_one_prefetched_while_there_is_one(world, alice, bob):
    cases = {next_for(world, alice).case_id, prefetched_for(world, alice).case_id}
    assert next_for(world, bob).case_id not in cases


def test_nobody_goes_home_while_a_case_is_only_prefetched(world, alice, bob):
    next_for(world, alice)
    prefetched = prefetched_for(world, alice)
    seen = []
    while (assigned := next_for(world, bob)) is not None:
        seen.append(assigned.case_id)
        submit(assigned)
    assert seen[-1] == prefetched.case_id
    assert not Assignment.objects.filter(pk=prefetched.pk).exists()
    submit(next_for(world, alice))
    assert next_for(world, alice) is None
    assert Case.objects.filter(complete=False).count() == 0


def test_nobodys_case_is_taken_only_to_be_kept(world, alice, bob):
    next_for(world, alice)
    prefetched = prefetched_for(world, alice)
    submit(next_for(world, bob))
    next_for(world, bob)
    assert prefetched_for(world, bob) is None
    assert Assignment.objects.filter(pk=prefetched.pk).exists()


def test_a_case_whose_keeping_ended_and_that_others_filled_is_not_given(world, alice, bob):
    held = next_for(world, alice)
    prefetched = prefetched_for(world, alice)
    Assignment.objects.filter(pk=prefetched.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    while (assigned := next_for(world, bob)).case_id != prefetched.case_id:
        submit(assigned)
    submit(assigned)
    submit(held)
    later = next_for(world, alice)
    assert later is None or later.case_id != prefetched.case_id


def test_an_annotation_of_a_case_that_is_only_kept_is_refused(world, alice):
    next_for(world, alice)
    with pytest.raises(AssignmentClosed, match="ask for the next case"):
        submit(prefetched_for(world, alice))


def test_progress_counts_no_case_that_is_only_kept(world, alice):
    before = my_progress(world.study, alice.pk)
    next_for(world, alice)
    prefetched_for(world, alice)
    assert my_progress(world.study, alice.pk) == before


@pytest.mark.django_db(transaction=True)
def test_a_case_kept_for_one_and_taken_by_another_in_the_same_moment_goes_to_one_of_them(world, alice, bob):
    study = world.study
    submit(next_for(world, alice))
    submit(next_for(world, bob))
    held = next_for(world, alice)
    prefetched_for(world, alice)
    submit(held)
    start = threading.Barrier(2)

    def ask(person):
        try:
            start.wait(timeout=10)
            case_next(study=study, annotator=person)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(person,)) for person in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    last = Assignment.objects.filter(status__in=["held", "prefetched"])
    assert [assignment.status for assignment in last] == ["held"]
