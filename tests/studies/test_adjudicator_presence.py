"""Adjudicators' presences: others are offered other cases first, and nobody is kept out."""

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.studies.models import AdjudicatorPresence
from annotator.studies.selectors.adjudicator_presence import others_present_at
from annotator.studies.services import flag_raise, member_add, presence_end, presence_renew, undecided_case_next
from tests.cast import make_world
from tests.studies.test_adjudications import decide, judged, reload
from tests.studies.test_queue import at_once


def undecided(study, number):
    """`n` cases on which alice and bob differ, in the order of the adjudication queue."""
    cases = [judged(study, {"label": "hurt"}, {"label": "helped"})[0] for _ in range(number)]
    return sorted(cases, key=lambda case: case.pk)


@pytest.fixture
def study(alice, bob, carol, lena):
    study = make_world(overlap=2).study
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator"), (lena, "lead")):
        member_add(study=study, user=person, role=role)
    return study


def next_for(study, person, after=None):
    return undecided_case_next(study=study, adjudicator=person, after=after)


def expire(**of):
    now = timezone.now()
    AdjudicatorPresence.objects.filter(**of).update(
        opened_at=now - timedelta(hours=1), open_until=now - timedelta(seconds=1)
    )


def test_two_adjudicators_get_two_cases(study, carol, lena):
    first, second = undecided(study, 2)
    assert next_for(study, carol) == first
    assert next_for(study, lena) == second


def test_asking_again_gives_the_case_that_one_has_open(study, carol):
    first, _second = undecided(study, 2)
    assert [next_for(study, carol), next_for(study, carol)] == [first, first]


def test_a_case_that_others_have_open_comes_last_rather_than_never(study, carol, lena):
    first, second, third = undecided(study, 3)
    flag_raise(assignment=third.assignments.first(), reason="two readings")
    assert next_for(study, carol) == third  # flagged ones come first
    assert next_for(study, lena) == first
    assert next_for(study, lena, after=first) == second
    assert next_for(study, lena, after=second) == first
    decide(first, lena)
    decide(second, lena)
    assert next_for(study, lena, after=second) == third
    decide(third, lena)
    assert next_for(study, lena, after=third) is None


def test_the_case_that_one_leaves_is_free_at_once_and_not_offered_again_to_who_left_it(study, carol, lena):
    first, second = undecided(study, 2)
    next_for(study, carol)
    assert next_for(study, carol, after=first) == second
    assert next_for(study, lena) == first


def test_nothing_is_next_where_no_other_case_waits_and_the_case_is_left_all_the_same(study, carol):
    (only,) = undecided(study, 1)
    next_for(study, carol)
    assert next_for(study, carol, after=only) is None
    assert not AdjudicatorPresence.objects.exists()


def test_an_opening_is_seen_by_others_alone(study, carol, lena):
    (case,) = undecided(study, 1)
    presence_renew(case=case, adjudicator=carol)
    assert others_present_at(case, carol) is None
    assert others_present_at(case, lena) == AdjudicatorPresence.objects.get().opened_at


def test_it_ends_with_a_decision_with_leaving_and_by_itself(study, carol, lena):
    (case,) = undecided(study, 1)
    presence_renew(case=case, adjudicator=carol)
    expire(case=case)
    assert others_present_at(case, lena) is None
    presence_renew(case=case, adjudicator=carol)
    presence_end(case=case, adjudicator=carol)
    presence_end(case=case, adjudicator=carol)
    assert others_present_at(case, lena) is None
    for person in (carol, lena):
        presence_renew(case=case, adjudicator=person)
    decide(case, carol)
    assert others_present_at(case, lena) is None
    assert others_present_at(case, carol) is not None


def test_it_lasts_as_long_as_the_settings_say_and_the_heartbeat_renews_it(study, carol, settings):
    settings.ASSIGNMENT_LEASE_S = 60
    (case,) = undecided(study, 1)
    presence_renew(case=case, adjudicator=carol)
    first = AdjudicatorPresence.objects.get()
    assert timedelta(seconds=55) < first.open_until - timezone.now() <= timedelta(seconds=60)
    presence_renew(case=case, adjudicator=carol)
    again = AdjudicatorPresence.objects.get()
    assert again.open_until > first.open_until
    assert again.opened_at == first.opened_at


def test_one_that_had_ended_begins_anew(study, carol):
    (case,) = undecided(study, 1)
    presence_renew(case=case, adjudicator=carol)
    expire(case=case)
    presence_renew(case=case, adjudicator=carol)
    assert timezone.now() - AdjudicatorPresence.objects.get().opened_at < timedelta(minutes=1)


def test_the_number_of_queries_does_not_grow_with_what_waits(study, carol, lena, django_assert_max_num_queries):
    first, *_ = undecided(study, 4)
    next_for(study, lena, after=first)
    with django_assert_max_num_queries(18):
        next_for(study, carol, after=first)


# --- races ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowded(transactional_db):
    """Four undecided cases, and six adjudicators."""
    study = make_world(overlap=2).study
    for name in ("alice", "bob"):
        member_add(study=study, user=User.objects.create_user(name), role="annotator")
    cases = undecided(study, 4)
    people = [User.objects.create_user(f"adjudicator{n}") for n in range(6)]
    for person in people:
        member_add(study=study, user=person, role="adjudicator")
    return study, cases, people


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_the_same_moment_get_two_cases(crowded):
    study, cases, people = crowded
    for case in cases[2:]:
        decide(case, people[5])
    for _ in range(5):
        AdjudicatorPresence.objects.all().delete()
        got = []
        assert at_once(lambda person, got=got: got.append(next_for(study, person)), people[:2]) == []
        assert sorted(case.pk for case in got) == [case.pk for case in cases[:2]]


@pytest.mark.django_db(transaction=True)
def test_more_people_than_cases_at_once_leave_no_case_out_and_nobody_without(crowded):
    study, cases, people = crowded
    got = []
    assert at_once(lambda person: got.append(next_for(study, person)), people) == []
    assert len(got) == 6
    assert set(Counter(case.pk for case in got)) == {case.pk for case in cases}


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_and_go_on_never_meet_while_there_is_enough_for_both(crowded):
    study, cases, people = crowded
    at_work = []

    def decide_two(person):
        case = next_for(study, person)
        for _ in range(2):
            at_work.append(case.pk)
            decide(reload(case), person)
            case = next_for(study, person, after=case)

    assert at_once(decide_two, people[:2]) == []
    assert sorted(at_work) == [case.pk for case in cases]


@pytest.mark.django_db(transaction=True)
def test_one_person_in_many_tabs_opens_and_leaves_without_a_quarrel(crowded):
    study, cases, people = crowded

    def act(number):
        if number % 3 == 0:
            presence_renew(case=cases[0], adjudicator=people[0])
        elif number % 3 == 1:
            next_for(study, people[0], after=cases[number % 4])
        else:
            presence_end(case=cases[0], adjudicator=people[0])

    assert at_once(act, range(9)) == []
    assert AdjudicatorPresence.objects.count() <= len(cases)
