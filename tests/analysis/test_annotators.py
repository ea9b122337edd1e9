"""Annotators: number of cases, pace, agreement with gold."""

import pytest
from django.contrib.auth.models import User

from annotator.analysis.annotators import annotator_rows
from annotator.analysis.gold import gold_agreement
from annotator.analysis.reading_time import HAN_TO_A_WORD
from annotator.analysis.timing import ENOUGH_TO_WARN, READING_WORDS_PER_S, paces
from annotator.runs.models import Generation
from annotator.statistics.agreement import raw_agreement
from annotator.statistics.records import Ratings
from annotator.studies.models import Adjudication, Annotation, Assignment, Membership, Practice
from annotator.studies.services import member_add
from tests.analysis.annotations import assign, judge
from tests.releases.bulk import bulk_study

pytestmark = pytest.mark.django_db

KEYS = ("rain", "tea", "bike", "moon")


def decide(study, key, label, author=None):
    case = study.cases.get(prompt__key=key)
    revision = case.adjudications.count() + 1
    Adjudication.objects.create(case=case, revision=revision, label=label, reason="As discussed.", author=author)


# --- pace ---


def test_times_are_told_by_median_and_quartiles(world, alice, bob):
    for key, seconds in zip(KEYS, (10, 20, 30, 40), strict=True):
        judge(world.study, key, alice, seconds=seconds)
    judge(world.study, "rain", bob, seconds=100)
    judge(world.study, "tea", bob, seconds=None)
    measured = paces(world.study)
    pace = measured.by_annotator[alice.pk]
    assert (pace.timed, pace.low, pace.median, pace.high) == (4, 17.5, 25, 32.5)
    assert measured.by_annotator[bob.pk].median == measured.by_annotator[bob.pk].low == 100
    assert (measured.together.timed, measured.together.median) == (5, 30)


def test_the_time_of_a_revision_says_nothing_of_reading(world, alice):
    judge(world.study, "rain", alice, seconds=60)
    judge(world.study, "rain", alice, seconds=1)
    assert paces(world.study).by_annotator[alice.pk].median == 60


def test_nobody_has_a_pace_before_the_first_annotation(world):
    measured = paces(world.study)
    assert (measured.together.timed, measured.together.median, measured.by_annotator) == (0, None, {})
    assert not measured.together.too_fast


@pytest.fixture
def long_reads():
    """Seven cases whose two answers take 20 s to read at `READING_WORDS_PER_S`."""
    study = bulk_study(7)
    Generation.objects.update(answer="word " * 74 + "\n" + "word " * 74 + "word")  # 150 words with the empty one
    return study


@pytest.mark.parametrize(
    ("seconds", "too_fast"),
    [((19,) * 5, True), ((19,) * 4, False), ((20,) * 5, False), ((5, 5, 5, 60, 60), True), ((5, 5, 60, 60, 60), False)],
)
def test_who_mostly_takes_less_time_than_reading_takes_is_too_fast(long_reads, alice, seconds, too_fast):
    for key, taken in enumerate(seconds):
        judge(long_reads, str(key), alice, seconds=taken)
    pace = paces(long_reads).by_annotator[alice.pk]
    assert pace.reading_s == 300 / READING_WORDS_PER_S == 20
    assert pace.fast == sum(taken < 20 for taken in seconds)
    assert pace.too_fast is too_fast
    assert ENOUGH_TO_WARN == 5


CHINESE = "今天下雨，小镇很安静。" * 10  # 90 characters and 20 signs


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("three short words", "and two", 5),
        (CHINESE, CHINESE, 2 * 90 / HAN_TO_A_WORD),
        (CHINESE, "three short words", 90 / HAN_TO_A_WORD + 3),
        ("Über “Größe”, naïveté", "and two", 5),
        ("", "", 0),
    ],
    ids=["English", "Chinese", "both", "accents", "nothing"],
)
def test_reading_takes_as_long_as_there_are_words_in_any_script(world, alice, first, second, words):
    case = world.study.cases.get(prompt__key="rain")
    for generation, answer in ((case.first, first), (case.second, second)):
        generation.answer = answer
        generation.save()
    judge(world.study, "rain", alice, seconds=1)
    words_timed = paces(world.study).by_annotator[alice.pk].reading_s * READING_WORDS_PER_S
    # The database counts an empty text as a word.
    assert words_timed == pytest.approx(words, abs=2 if words < 6 else 0.01)


def test_who_clicks_through_chinese_answers_is_warned_of(alice):
    study = bulk_study(5)
    Generation.objects.update(answer="今天下雨" * 60)
    for key in range(5):
        judge(study, str(key), alice, seconds=19)
    assert paces(study).by_annotator[alice.pk].reading_s == 2 * 240 / HAN_TO_A_WORD / READING_WORDS_PER_S == 20
    assert paces(study).by_annotator[alice.pk].too_fast


# --- gold ---


def test_agreement_with_gold_is_the_share_of_the_newest_labels_that_are_gold(world, alice, bob):
    judge(world.study, "rain", alice, "hurt")
    judge(world.study, "rain", alice, "helped")
    for key in ("tea", "bike"):
        judge(world.study, key, alice, "hurt")
    judge(world.study, "moon", alice, "helped")
    judge(world.study, "moon", bob, "helped")
    for key, label in {"rain": "helped", "tea": "hurt", "bike": "helped"}.items():
        decide(world.study, key, label)
    decide(world.study, "tea", "no_difference")  # the newest decision counts
    agreement = gold_agreement(world.study)
    gold = [("rain", "gold", "helped"), ("tea", "gold", "no_difference"), ("bike", "gold", "helped")]
    hers = [("rain", "alice", "helped"), ("tea", "alice", "hurt"), ("bike", "alice", "hurt")]
    assert agreement[alice.pk].all == raw_agreement(Ratings.of([*gold, *hers], categories=Annotation.Label.values))
    assert (agreement[alice.pk].all.n, round(agreement[alice.pk].all.value, 2)) == (3, 0.33)
    assert bob.pk not in agreement


def test_gold_that_a_person_settled_is_told_apart_from_gold_by_rule(world, alice, lena):
    for key in KEYS:
        judge(world.study, key, alice, "helped")
    decide(world.study, "rain", "helped")
    decide(world.study, "tea", "hurt", author=lena)
    decide(world.study, "bike", "hurt", author=lena)
    agreement = gold_agreement(world.study)[alice.pk]
    assert (round(agreement.all.value, 2), agreement.all.n) == (0.33, 3)
    assert (agreement.settled.value, agreement.settled.n) == (0, 2)


def test_gold_that_the_rule_took_back_is_no_gold(world, alice, bob):
    for person in (alice, bob):
        judge(world.study, "rain", person)
        judge(world.study, "tea", person)
    for key, label in (("rain", "helped"), ("tea", "helped"), ("rain", "")):
        decide(world.study, key, label)
    assert gold_agreement(world.study)[alice.pk].all.n == 1


def test_gold_on_a_practice_case_is_no_gold(world, alice):
    judge(world.study, "rain", alice)
    decide(world.study, "rain", "helped")
    Practice.objects.create(case=world.study.cases.get(prompt__key="rain"), label="helped")
    assert gold_agreement(world.study) == {}


# --- rows ---


def test_each_annotator_has_a_row_by_pseudonym_and_leads_only_if_they_were_given_a_case(world, alice, bob, lena):
    judge(world.study, "rain", bob, seconds=30)
    judge(world.study, "tea", bob, seconds=30)
    assign(world.study, "bike", bob, status=Assignment.Status.SKIPPED)
    assign(world.study, "moon", bob, status=Assignment.Status.HELD)
    rows = annotator_rows(world.study)
    names = dict(Membership.objects.values_list("user__username", "pseudonym"))
    assert [row.pseudonym for row in rows] == [names["bob"], names["alice"]]
    assert (rows[0].counts.judged, rows[0].counts.skipped, rows[0].counts.held) == (2, 1, 1)
    assert (rows[0].pace.median, rows[1].pace, rows[1].gold) == (30, None, None)
    judge(world.study, "rain", lena)
    assert names["lena"] in [row.pseudonym for row in annotator_rows(world.study)]


def test_the_number_of_queries_does_not_grow_with_the_annotators(world, alice, django_assert_max_num_queries):
    for number in range(6):
        person = User.objects.create_user(f"annotator{number}")
        member_add(study=world.study, user=person, role=Membership.Role.ANNOTATOR)
        judge(world.study, "rain", person, seconds=3)
    with django_assert_max_num_queries(10):
        annotator_rows(world.study)
