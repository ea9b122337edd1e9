"""The agreement page: for leads alone, page first and numbers after, the numbers those of annotator.statistics."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from annotator.analysis import agreement as analysis
from annotator.statistics.agreement import krippendorff_alpha
from annotator.statistics.records import Ratings
from annotator.studies.models import Annotation, Study
from annotator.web.templatetags.figures import coefficient, p_value, percent
from tests.analysis.annotations import judge
from tests.cast import World
from tests.web.payloads import PAYLOADS

pytestmark = pytest.mark.django_db

PAGE = "/studies/pilot/agreement/"
NUMBERS = f"{PAGE}numbers/"
KINDS = f"{PAGE}kinds/"
PAIRS = f"{PAGE}pairs/"
LABELS = {"alice": ("helped", "hurt", "no_difference"), "bob": ("helped", "hurt", "helped")}


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def judged(world: World, alice: User, bob: User) -> World:
    for person in (alice, bob):
        for key, label in zip(("rain", "tea", "bike"), LABELS[person.username], strict=True):
            judge(world.study, key, person, label, blind_choice="left")
    return world


@pytest.fixture
def leads(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


def words(response: Any) -> str:
    """The visible text of a page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.parametrize("path", [PAGE, NUMBERS, KINDS, PAIRS])
def test_it_exists_for_leads_alone(
    world: World, client: Client, path: str, alice: User, mallory: User, lena: User
) -> None:
    assert client.get(path).status_code == 302
    root = User.objects.create_user("root", is_staff=True)
    for person, status in ((alice, 404), (mallory, 404), (lena, 200), (root, 200)):
        client.force_login(person)
        assert client.get(path).status_code == status, person
        assert client.post(path).status_code in (404, 405), person


def test_the_page_comes_before_the_numbers_and_says_that_they_are_computed(judged: World, leads: Client) -> None:
    page = leads.get(PAGE)
    assert "Computing the agreement" in words(page)
    assert f'data-poll="{NUMBERS}"' in page.content.decode()
    assert analysis.known_agreement(judged.study) is None
    leads.get(NUMBERS)
    again = leads.get(PAGE)
    assert "Computing the agreement" not in words(again)
    assert "Everybody together" in words(again)


def test_without_scripts_everything_is_computed_at_once(judged: World, leads: Client) -> None:
    shown = words(leads.get(f"{PAGE}?now"))
    assert "Computing" not in shown
    assert "By pair of annotators: Cohen’s kappa" in shown


def test_the_numbers_are_those_of_the_statistics(judged: World, leads: Client, alice: User, bob: User) -> None:
    for person in (alice, bob):
        judge(judged.study, "moon", person, "cant_tell")
    rows = ((n, who, label) for who, labels in LABELS.items() for n, label in enumerate((*labels, "cant_tell")))
    alpha = krippendorff_alpha(Ratings.of(rows, categories=Annotation.Label.values))
    shown = words(leads.get(NUMBERS))
    ends = f"{coefficient(alpha.low)} to {coefficient(alpha.high)}"
    assert f"Krippendorff’s alpha {coefficient(alpha.value)} {ends} n = 4" in shown
    assert "raw agreement 0.75" in shown


def test_of_three_cases_the_value_is_shown_and_that_they_are_too_few_for_an_interval(
    judged: World, leads: Client
) -> None:
    shown = words(leads.get(NUMBERS))
    assert "raw agreement 0.67 not enough data for an interval n = 3" in shown
    assert re.search(r"side of cot chosen \d+ % not enough data for an interval n = 3", shown)


def test_each_kind_has_its_numbers(judged: World, leads: Client) -> None:
    shown = words(leads.get(KINDS))
    assert "change_case:english_lowercase 2 not enough data n = 1" in shown
    assert "punctuation:no_comma 6 0.67" in shown


def test_what_the_data_cannot_give_is_said_in_words(judged: World, leads: Client) -> None:
    shown = words(leads.get(NUMBERS))
    assert "simple constraint neglected 0 1.00 not enough data for an interval n = 3 no variation n = 3" in shown
    assert "not enough data n = 0" in shown
    assert "nan" not in shown.lower().replace("annan", "")


def test_a_study_with_one_annotator_for_each_case_is_told_so(world: World, leads: Client) -> None:
    assert "agreement needs an overlap of two or more" in words(leads.get(NUMBERS))
    Study.objects.update(overlap=2)
    assert "No case has been judged by two people yet" in words(leads.get(NUMBERS))


def test_position_bias_is_told_with_its_test(judged: World, leads: Client) -> None:
    shown = words(leads.get(NUMBERS))
    assert "left answer chosen 100 % 61 % to 100 % of 6 choices, p = 0.031 " in shown
    assert "Position bias: the left answer is chosen more often than chance explains." in shown


def test_a_study_that_is_not_blind_has_no_choices_to_report(judged: World, leads: Client) -> None:
    judged.study.cases.first().assignments.model.objects.update(blind_choice="", revealed_at=None)
    assert "nobody has chosen a side yet" in words(leads.get(NUMBERS))
    Study.objects.update(blind=False)
    assert "This study is not blind" in words(leads.get(NUMBERS))


def test_no_answer_names_a_person(judged: World, leads: Client) -> None:
    for path in (PAGE, NUMBERS, KINDS, PAIRS, f"{PAGE}?now"):
        shown = words(leads.get(path))
        assert not re.search(r"\b(alice|bob)\b", shown), path


def test_pairs_can_be_asked_for_on_a_pattern(judged: World, leads: Client, alice: User, bob: User) -> None:
    judge(judged.study, "rain", alice, patterns=("neglected",))
    judge(judged.study, "rain", bob, patterns=("neglected",))
    assert '<option value="neglected" selected>' in leads.get(f"{PAIRS}?pattern=neglected").content.decode()
    assert "1.00" in words(leads.get(f"{PAIRS}?pattern=neglected"))
    assert "0.50" in words(leads.get(PAIRS))


@pytest.mark.parametrize("query", ["pattern=unheard-of", "start=-1", "start=x", "start=99999999999999", "start=99999"])
def test_a_nonsense_query_gets_an_ordinary_answer(judged: World, leads: Client, query: str) -> None:
    assert leads.get(f"{PAIRS}?{query}").status_code == 200


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_name_of_a_pattern_stays_text(judged: World, leads: Client, payload: str) -> None:
    judged.study.codebook.patterns.filter(slug="neglected").update(name=payload[:80])
    for path in (NUMBERS, PAIRS):
        page = leads.get(path).content.decode()
        for markup in re.findall(r"<\w+[^>]*>", payload):
            assert markup not in page


@pytest.mark.parametrize(
    ("value", "shown"), [(0.456, "0.46"), (-0.456, "−0.46"), (-0.001, "0.00"), (1, "1.00"), (-1, "−1.00")]
)
def test_a_coefficient_has_two_digits_and_a_real_minus(value: float, shown: str) -> None:
    assert coefficient(value) == shown


def test_shares_and_p_values_are_written_for_people() -> None:
    assert (percent(0.614), p_value(0.03125), p_value(0.0004)) == ("61 %", "p = 0.031", "p < 0.001")


def test_the_reasons_for_no_number_are_told_as_they_are(world: World, leads: Client, alice: User, bob: User) -> None:
    for key, label in (("rain", "helped"), ("tea", "hurt"), ("bike", "helped")):
        judge(world.study, key, alice, "helped", spans=(("prompt", 0, 5, ""),) if key == "rain" else ())
        judge(world.study, key, bob, label)
    shown = words(leads.get(PAGE, {"now": ""}))
    assert "evidence: span F1 not enough data n = 1" in shown  # three cases, of which one has evidence
    assert "for span F1 those in which one of the two marked evidence" in shown
    assert re.search(r"Cohen’s kappa \S+ \S+ 0.00 not enough data for an interval n = 3", shown)  # alice's do not vary
    assert "Cohen’s kappa is 0 where one of the two gave one answer to every case that both judged" in shown
