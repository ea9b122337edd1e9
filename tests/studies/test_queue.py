"""The queue: overlap, leases, skips, and no annotator on a case twice."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from annotator.studies.errors import AssignmentClosed, LeaseLost, NotAMember, StudyClosed
from annotator.studies.models import Assignment, Case, Membership, Study
from annotator.studies.services import (
    assignment_choose_blind,
    assignment_renew,
    assignment_skip,
    case_next,
    member_add,
    queue,
)
from annotator.studies.services.slots import lock_case
from tests.cast import SCENES, make_world
from tests.studies.annotating import submit


def expire(assignment):
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def next_for(world, annotator):
    return case_next(study=world.study, annotator=annotator)


def test_the_first_case_is_the_first_in_the_shuffled_order(world, alice):
    assert next_for(world, alice).case == world.study.cases.order_by("queue_rank")[0]


def test_asking_again_gives_the_held_case_with_a_new_lease_and_the_same_sides(world, alice):
    first = next_for(world, alice)
    again = next_for(world, alice)
    assert (again.pk, again.second_is_left) == (first.pk, first.second_is_left)
    assert again.lease_until > first.lease_until


def test_the_lease_lasts_as_long_as_the_settings_say(world, alice, settings):
    settings.ASSIGNMENT_LEASE_S = 60
    left = next_for(world, alice).lease_until - timezone.now()
    assert timedelta(seconds=55) < left <= timedelta(seconds=60)


def test_both_side_orders_are_drawn(world):
    people = [User.objects.create_user(f"person{n}") for n in range(40)]
    Study.objects.update(overlap=len(people))
    world.study.refresh_from_db()
    for person in people:
        member_add(study=world.study, user=person, role="annotator")
    drawn = {next_for(world, person).second_is_left for person in people}
    assert drawn == {True, False}


def test_two_people_get_two_cases_where_overlap_is_one(world, alice, bob):
    assert next_for(world, alice).case_id != next_for(world, bob).case_id


def test_two_people_get_the_same_case_where_overlap_is_two(alice, bob):
    world = make_world(overlap=2)
    for annotator in (alice, bob):
        member_add(study=world.study, user=annotator, role="annotator")
    assert next_for(world, alice).case_id == next_for(world, bob).case_id


def test_submitted_cases_do_not_come_back_and_the_queue_ends(world, alice):
    seen = []
    while (assignment := next_for(world, alice)) is not None:
        seen.append(assignment.case_id)
        submit(assignment)
    assert sorted(seen) == sorted(world.study.cases.values_list("pk", flat=True))
    assert Case.objects.filter(complete=False).count() == 0


def test_a_skipped_case_goes_to_others_and_never_back(world, alice, bob):
    skipped = next_for(world, alice)
    assignment_skip(assignment=skipped, reason="  I wrote this prompt  ")
    alices = set()
    while (assignment := next_for(world, alice)) is not None:
        alices.add(assignment.case_id)
        submit(assignment)
    assert skipped.case_id not in alices
    assert next_for(world, bob).case_id == skipped.case_id
    skipped.refresh_from_db()
    assert skipped.skip_reason == "I wrote this prompt"


def test_skipping_twice_is_skipping_once_and_a_submitted_case_cannot_be_skipped(world, alice):
    first = next_for(world, alice)
    assignment_skip(assignment=first, reason="")
    assert assignment_skip(assignment=first, reason="again").skip_reason == ""
    second = next_for(world, alice)
    submit(second)
    with pytest.raises(AssignmentClosed, match="revise it instead"):
        assignment_skip(assignment=second, reason="")


def test_an_expired_hold_is_free_for_others(world, alice, bob):
    held = next_for(world, alice)
    expire(held)
    assert next_for(world, bob).case_id == held.case_id


def test_an_expired_hold_comes_back_to_its_owner_while_nobody_took_it(world, alice):
    held = next_for(world, alice)
    expire(held)
    again = next_for(world, alice)
    assert again.pk == held.pk
    assert again.lease_until > timezone.now()


def test_an_expired_hold_that_others_took_is_passed_over(world, alice, bob):
    held = next_for(world, alice)
    expire(held)
    assert next_for(world, bob).case_id == held.case_id
    assert next_for(world, alice).case_id != held.case_id


def test_a_case_that_another_tab_submits_while_this_one_asks_is_not_held_again(world, alice, monkeypatch):
    held = next_for(world, alice)

    def granted_late(case_id):
        Assignment.objects.filter(pk=held.pk).update(status=Assignment.Status.SUBMITTED)
        return lock_case(case_id)

    monkeypatch.setattr(queue, "lock_case", granted_late)
    assert next_for(world, alice) != held
    held.refresh_from_db()
    assert held.status == "submitted"


def test_cases_that_came_free_behind_the_annotators_place_are_still_found(world, alice, bob):
    first = next_for(world, alice)
    for _ in range(3):
        submit(next_for(world, bob))
    assignment_skip(assignment=first, reason="")
    assert next_for(world, bob).case_id == first.case_id


def test_the_heartbeat_extends_the_lease(world, alice):
    held = next_for(world, alice)
    assert assignment_renew(assignment=held).lease_until > held.lease_until


def test_the_heartbeat_says_when_the_case_was_taken_or_closed(world, alice, bob):
    held = next_for(world, alice)
    expire(held)
    next_for(world, bob)
    with pytest.raises(LeaseLost, match="your draft is kept"):
        assignment_renew(assignment=held)
    assignment_skip(assignment=held, reason="")
    with pytest.raises(AssignmentClosed, match="is skipped already"):
        assignment_renew(assignment=held)


def test_strangers_and_closed_studies_get_nothing(world, alice, mallory):
    with pytest.raises(NotAMember, match="ask its lead to add you"):
        next_for(world, mallory)
    Study.objects.update(status=Study.Status.CLOSED)
    world.study.refresh_from_db()
    with pytest.raises(StudyClosed, match="what you submitted counts"):
        next_for(world, alice)


def test_the_number_of_queries_does_not_grow_with_the_study(world, alice, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        next_for(world, alice)


# --- races ----------------------------------------------------------------------------------------------------------


def at_once(work, people):
    """Run `work(person)` in a thread for each person, all started together; return what they raised."""
    start, failures = threading.Barrier(len(people)), []

    def run(person):
        try:
            start.wait()
            work(person)
        except Exception as error:  # noqa: BLE001 - the test reports whatever a thread died of
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def crowd(world, size):
    people = [User.objects.create_user(f"person{n}") for n in range(size)]
    for person in people:
        member_add(study=world.study, user=person, role=Membership.Role.ANNOTATOR)
    return people


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_fill_every_place_once_and_no_place_twice():
    world = make_world(overlap=2)
    people = crowd(world, 8)
    assert at_once(lambda person: next_for(world, person), people) == []
    held = Assignment.objects.values("case").annotate(n=Count("pk")).values_list("n", flat=True)
    assert sorted(held) == [2] * len(SCENES)  # eight people, four cases, two slots each: everybody gets one


@pytest.mark.django_db(transaction=True)
def test_eight_people_who_label_everything_leave_exactly_the_overlap():
    world = make_world(overlap=2)
    people = crowd(world, 8)

    def label_all(person):
        while (assignment := next_for(world, person)) is not None:
            submit(assignment)

    assert at_once(label_all, people) == []
    submitted = Assignment.objects.filter(status=Assignment.Status.SUBMITTED)
    assert set(Counter(submitted.values_list("case", flat=True)).values()) == {2}
    assert Assignment.objects.exclude(status=Assignment.Status.SUBMITTED).count() == 0
    assert Case.objects.filter(complete=True).count() == len(SCENES)


@pytest.mark.django_db(transaction=True)
def test_one_person_in_eight_tabs_holds_one_case():
    world = make_world()
    (person,) = crowd(world, 1)
    assert at_once(lambda _: next_for(world, person), [person] * 8) == []
    assert Assignment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_expired_case_is_taken_over_by_one_person_only():
    world = make_world()
    owner, *others = crowd(world, 8)
    held = next_for(world, owner)
    Case.objects.exclude(pk=held.case_id).update(complete=True)
    expire(held)
    got = []
    assert at_once(lambda person: got.append(next_for(world, person)), [owner, *others]) == []
    assert len([assignment for assignment in got if assignment is not None]) == 1


@pytest.mark.django_db(transaction=True)
def test_a_blind_choice_given_in_two_tabs_at_once_is_one_of_the_two():
    world = make_world()
    (person,) = crowd(world, 1)
    held = next_for(world, person)
    choices = ["left", "right"]
    failures = at_once(
        lambda choice: assignment_choose_blind(
            assignment=Assignment.objects.select_related("case__study").get(pk=held.pk), choice=choice
        ),
        choices,
    )
    assert [type(failure).__name__ for failure in failures] == ["BlindChoiceFixed"]
    held.refresh_from_db()
    assert held.blind_choice in choices
    assert held.revealed_at is not None
