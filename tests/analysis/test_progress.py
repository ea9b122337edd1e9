"""Progress and throughput of a study."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from annotator.analysis.progress import FEWEST_DAYS, FEWEST_HOURS, case_counts, patterns_by_outcome, throughput
from annotator.studies.models import Assignment, Practice, Study
from tests.analysis.annotations import assign, judge

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 30, 12, 20, tzinfo=ZoneInfo("UTC"))


@pytest.fixture
def doubled(world):
    Study.objects.filter(pk=world.study.pk).update(overlap=2)
    world.study.refresh_from_db()
    return world


def test_cases_are_filled_begun_or_untouched(doubled, alice, bob):
    judge(doubled.study, "rain", alice)
    judge(doubled.study, "rain", bob)
    doubled.study.cases.filter(prompt__key="rain").update(complete=True)
    judge(doubled.study, "tea", alice)
    assign(doubled.study, "bike", bob, status=Assignment.Status.HELD)
    counts = case_counts(doubled.study)
    assert (counts.complete, counts.partly, counts.untouched, counts.total) == (1, 1, 2, 4)
    assert counts.annotations_left == 5


def test_practice_cases_are_no_progress(doubled, alice):
    judge(doubled.study, "rain", alice)
    Practice.objects.create(case=doubled.study.cases.get(prompt__key="rain"), label="helped")
    counts = case_counts(doubled.study)
    assert (counts.total, counts.partly, counts.annotations_left) == (3, 0, 6)
    assert throughput(doubled.study, timezone.now()).days == ()


def test_throughput_counts_first_submissions_by_hour_and_by_day(world, alice, bob):
    for key, person, ago in (
        ("rain", alice, timedelta(minutes=15)),
        ("tea", alice, timedelta(minutes=25)),
        ("rain", bob, timedelta(hours=3)),
        ("bike", bob, timedelta(days=6)),
    ):
        judge(world.study, key, person, at=NOON - ago)
    judge(world.study, "rain", alice, at=NOON)  # a revision
    progress = throughput(world.study, NOON)
    assert (progress.last_hour, progress.last_day, progress.last_week) == (2, 3, 4)
    by_hour = {bucket.start.hour: bucket.annotations for bucket in progress.hours}
    assert [by_hour[hour] for hour in (9, 10, 11, 12)] == [1, 0, 1, 1]
    assert [bucket.annotations for bucket in progress.days] == [0] * 7 + [1, 0, 0, 0, 0, 0, 3]
    assert (len(progress.hours), len(progress.days)) == (FEWEST_HOURS, FEWEST_DAYS)


def test_days_are_those_of_the_servers_clock_also_where_it_is_turned(world, alice, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    with timezone.override(ZoneInfo("Europe/Berlin")):
        judge(world.study, "rain", alice, at=datetime(2026, 3, 28, 23, 30, tzinfo=ZoneInfo("UTC")))  # the 29th there
        judge(world.study, "tea", alice, at=datetime(2026, 3, 29, 21, 30, tzinfo=ZoneInfo("UTC")))  # still the 29th
        days = throughput(world.study, NOON).days
        by_day = {bucket.start.date().isoformat(): bucket.annotations for bucket in days}
    assert by_day["2026-03-29"] == 2
    assert sum(by_day.values()) == 2


def test_what_is_too_long_ago_is_in_no_bucket(world, alice):
    judge(world.study, "rain", alice, at=NOON - timedelta(days=90))
    progress = throughput(world.study, NOON)
    assert (progress.last_week, progress.hours, progress.days) == (0, (), ())


def test_patterns_are_counted_by_the_outcome_of_the_case(world, alice, bob):
    judge(world.study, "rain", alice, patterns=("neglected",))
    judge(world.study, "rain", alice, patterns=("neglected", "other"))  # the newest revision counts
    judge(world.study, "rain", bob, patterns=("neglected",))
    judge(world.study, "tea", alice, patterns=("neglected",))
    assert patterns_by_outcome(world.study) == {
        "neglected": {"helped": 2, "hurt": 1, "tie": 0, "no_answer": 0},
        "other": {"helped": 1, "hurt": 0, "tie": 0, "no_answer": 0},
    }


def test_the_number_of_queries_is_constant(world, alice, django_assert_max_num_queries):
    for key in ("rain", "tea", "bike"):
        judge(world.study, key, alice)
    with django_assert_max_num_queries(2):
        case_counts(world.study)
    with django_assert_max_num_queries(3):
        throughput(world.study, timezone.now())
