"""Queue orders: the first case in each, their cost, and races in each of them."""

from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from annotator.studies.models import Assignment, Case, Membership, Study
from annotator.studies.services import assignment_skip, case_next, member_add
from tests.cast import SCENES, World, make_world
from tests.studies.annotating import held_by, submit
from tests.studies.test_queue import at_once, crowd

ORDERS = Study.Order.values


def ordered_world(order: str, *people: User, **study: Any) -> World:
    world = make_world(order=order, **study)
    for person in people:
        member_add(study=world.study, user=person, role=Membership.Role.ANNOTATOR)
    return world


def label_all(world: World, person: User) -> list[Case]:
    """Everything that is left for this person, in the order in which it came."""
    seen = []
    while (assignment := case_next(study=world.study, annotator=person)) is not None:
        seen.append(assignment.case)
        submit(assignment)
    return seen


@pytest.mark.django_db
def test_the_shuffled_order_depends_on_the_seed_alone(alice: User) -> None:
    orders = []
    for slug, seed in (("one", 1), ("again", 1), ("two", 2)):
        world = ordered_world("random", alice, slug=slug, seed=seed)
        orders.append([case.prompt.key for case in label_all(world, alice)])
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.django_db
def test_the_hardest_cases_come_first_and_among_equals_the_shuffle_decides(alice: User) -> None:
    world = ordered_world("hardest", alice)
    seen = label_all(world, alice)
    assert [case.disagreeing_constraints for case in seen] == [2, 1, 1, 0]
    assert seen == list(world.study.cases.order_by("-disagreeing_constraints", "queue_rank"))


@pytest.mark.django_db
def test_a_hard_case_that_comes_free_behind_an_annotator_is_reached_when_they_come_round(
    alice: User, bob: User
) -> None:
    world = ordered_world("hardest", alice, bob)
    hardest = held_by(world.study, alice)
    submit(held_by(world.study, bob))
    assignment_skip(assignment=hardest, reason="I wrote this prompt")
    assert [case.disagreeing_constraints for case in label_all(world, bob)] == [1, 0, 2]


@pytest.mark.django_db
def test_agreement_seeks_a_second_annotation_of_what_has_exactly_one(alice: User, bob: User, carol: User) -> None:
    world = ordered_world("agreement", alice, bob, carol, overlap=3)
    last = world.study.cases.order_by("-queue_rank")[0]
    Assignment.objects.create(case=last, annotator=alice, lease_until="2999-01-01T00:00Z", second_is_left=True)
    submit(held_by(world.study, alice))
    assert held_by(world.study, bob).case == last
    submit(held_by(world.study, bob))
    # It has two now, so that carol is led to the first in the shuffle, like anybody in a new study.
    assert held_by(world.study, carol).case == world.study.cases.order_by("queue_rank")[0]


@pytest.mark.django_db
@pytest.mark.parametrize("order", ORDERS)
def test_what_was_skipped_with_a_reason_never_comes_back_to_the_same_person(order: str, alice: User, bob: User) -> None:
    world = ordered_world(order, alice, bob, overlap=2)
    submit(held_by(world.study, bob))
    skipped = held_by(world.study, alice)
    assignment_skip(assignment=skipped, reason="I wrote this prompt")
    assert skipped.case not in label_all(world, alice)
    assert Assignment.objects.get(case=skipped.case, annotator=alice).skip_reason == "I wrote this prompt"
    label_all(world, bob)
    assert Case.objects.get(pk=skipped.case_id).submissions == 1


@pytest.mark.django_db
def test_submissions_are_counted_once_for_each_annotator(alice: User, bob: User) -> None:
    world = ordered_world("random", alice, bob, overlap=2)
    first = held_by(world.study, alice)
    submit(first)
    submit(first, note="A second thought.")
    assert list(Case.objects.filter(pk=first.case_id).values_list("submissions", "complete")) == [(1, False)]
    submit(held_by(world.study, bob))
    assert list(Case.objects.filter(pk=first.case_id).values_list("submissions", "complete")) == [(2, True)]


@pytest.mark.django_db
@pytest.mark.parametrize(("order", "most"), [("random", 9), ("hardest", 9), ("agreement", 10)])
def test_the_next_case_takes_a_few_queries_in_the_middle_of_a_study(
    alice: User, order: str, most: int, django_assert_max_num_queries: Any
) -> None:
    world = ordered_world(order, alice)
    submit(held_by(world.study, alice))
    with django_assert_max_num_queries(most):
        held_by(world.study, alice)


@pytest.mark.django_db
@pytest.mark.parametrize(("order", "index"), [("random", "case_queue"), ("hardest", "case_hardest")])
def test_the_walk_reads_one_range_of_an_index_and_sorts_nothing(alice: User, order: str, index: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a table of four rows without any index")
    world = ordered_world(order, alice)
    submit(held_by(world.study, alice))
    with CaptureQueriesContext(connection) as seen:
        held_by(world.study, alice)
    (walk,) = [q["sql"] for q in seen if '"studies_case"."queue_rank" >' in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {walk}")
        plan = [row[3] for row in cursor.fetchall()]
    assert any(index in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", ORDERS)
def test_eight_people_at_once_leave_exactly_the_overlap_in_every_order(order: str) -> None:
    world = make_world(overlap=2, order=order)
    people = crowd(world, 8)
    assert at_once(lambda person: label_all(world, person), people) == []
    submitted = Assignment.objects.filter(status=Assignment.Status.SUBMITTED)
    assert set(Counter(submitted.values_list("case", flat=True)).values()) == {2}
    assert Assignment.objects.exclude(status=Assignment.Status.SUBMITTED).count() == 0
    assert Case.objects.filter(complete=True, submissions=2).count() == len(SCENES)
    assert not Case.objects.exclude(submissions=F("study__overlap")).exists()
