"""The results page: for leads alone, page first and numbers after, and every number reaches its cases by a link."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from annotator.analysis.results.pair_tables import pair_tables
from annotator.analysis.results.run_tables import run_tables
from annotator.analysis.results.study_results import runs_compared, study_results
from annotator.analysis.results.table_values import Cell, Table
from annotator.runs.models import Generation, Run, Verdict
from annotator.studies.models import Adjudication, Study
from tests.analysis.annotations import judge
from tests.cast import World, judge_reply, make_run

pytestmark = pytest.mark.django_db

PAGE = "/studies/pilot/results/"
NUMBERS = f"{PAGE}numbers/"


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def leads(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


@pytest.fixture
def labelled(world: World, alice: User, bob: User) -> World:
    """Two patterns given, one of them gold; one prompt with a defect; one answer cut off."""
    for person in (alice, bob):
        judge(world.study, "tea", person, "hurt", patterns=("neglected",))
    judge(world.study, "bike", alice, "helped", patterns=("formatting-gained",))
    world.study.cases.filter(prompt__key__in=("tea", "bike")).update(submissions=1)
    gold = Adjudication.objects.create(
        case=world.study.cases.get(prompt__key="tea"), revision=1, label="hurt", reason="As discussed."
    )
    gold.patterns.set(world.codebook.patterns.filter(slug="neglected"))
    prompt = world.dataset.prompts.get(key="rain")
    prompt.known_defects = [{"source": "here", "sentence": "It is odd.", "contradictory": False}]
    prompt.save()
    Generation.objects.filter(run=world.second_run, prompt__key="bike").update(reasoning="Yes.")
    return world


def words(response: Any) -> str:
    """The visible text of a page, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.parametrize("path", [PAGE, NUMBERS])
def test_it_exists_for_leads_alone(
    world: World, client: Client, path: str, alice: User, mallory: User, lena: User
) -> None:
    assert client.get(path).status_code == 302
    for person, status in ((alice, 404), (mallory, 404), (lena, 200)):
        client.force_login(person)
        assert client.get(path).status_code == status, person
        assert client.post(path).status_code in (404, 405), person


def test_the_page_comes_before_the_numbers(world: World, leads: Client) -> None:
    page = leads.get(PAGE)
    assert "Computing accuracies" in words(page)
    assert f'data-poll="{NUMBERS}"' in page.content.decode()
    leads.get(NUMBERS)
    assert "What the second run changed" in words(leads.get(PAGE))


def test_one_sentence_answers_with_its_interval_and_the_flips(world: World, leads: Client) -> None:
    shown = words(leads.get(NUMBERS))
    assert "cot obeys every constraint in as many prompts as base" in shown
    assert "of 4 prompts 1 got worse, 1 better, and 2 stayed." in shown
    assert "95 % interval" in shown
    assert "4 prompts are few" in shown
    assert "Judged by the whole completion, reasoning included, the difference is −50.0 points instead of 0.0" in shown


def tables_of(study: Study) -> list[Table]:
    results = study_results(study, runs_compared(study, Run.objects.all()))
    return [*pair_tables(results), *run_tables(results)]


def counted_cells(study: Study) -> list[tuple[str, str, Cell]]:
    return [
        (table.slug, column.slug, cell)
        for table in tables_of(study)
        for row in table.rows
        for column, cell in zip(table.columns, row, strict=True)
        if cell.cases
    ]


def test_every_count_of_cases_reaches_exactly_those_by_a_link(labelled: World, leads: Client) -> None:
    html = unescape(leads.get(NUMBERS).content.decode())
    counts = [
        row for row in counted_cells(labelled.study) if type(row[2].value) is int and row[1] not in ("from", "to")
    ]
    assert {slug for slug, _, _ in counts} == {
        "comparison", "strategies", "outcomes", "groups", "kinds", "lengths", "patterns",
    }  # fmt: skip
    assert len(counts) > 60
    for slug, column, cell in counts:
        address = f"/studies/pilot/cases/?{cell.cases}"
        assert address in html, (slug, cell)
        listed = leads.get(address)
        assert listed.status_code == 200, address
        found = listed.content.decode().count('data-label="Case"')
        constraints = slug in ("groups", "kinds") and "effect" not in cell.cases
        assert found == cell.value or constraints, (slug, column, cell)


def listed_at(leads: Client, address: str) -> int:
    """The number of cases in the list."""
    return leads.get(address).content.decode().count('data-label="Case"')


def test_the_prompts_of_a_comparison_are_those_that_its_link_lists(world: World, leads: Client) -> None:
    undecided = Verdict.objects.filter(generation__run=world.second_run, generation__prompt__key="rain")
    undecided.filter(scope="answer").update(strict=None, loose=None)
    [table] = [table for table in tables_of(world.study) if table.slug == "comparison"]
    counts = [row[1] for row in table.rows]
    assert [cell.value for cell in counts] == [3, 4, 3, 3, 2], "rain is decided in the completion alone"
    for cell in counts:
        assert listed_at(leads, f"/studies/pilot/cases/?{cell.cases}") == cell.value, cell


def test_really_reasoned_counts_the_cases_that_its_link_lists(world: World, leads: Client) -> None:
    of_run = Generation.objects.filter(run=world.second_run)
    of_run.filter(prompt__key="rain").update(reasoning="", reasoning_kind="omitted")
    of_run.filter(prompt__key="tea").update(reasoning="", reasoning_kind="none")
    found = re.search(
        r'really reasoned</dt>\s*<dd class="big"><a href="([^"]+)">(\d+)', leads.get(NUMBERS).content.decode()
    )
    assert found is not None
    assert (found[2], listed_at(leads, found[1])) == ("3", 3)


def test_every_number_of_every_table_has_a_link(labelled: World, leads: Client) -> None:
    make_run(labelled.dataset, labelled.language_model, "few_shot")
    repeat = make_run(labelled.dataset, labelled.language_model, "restate")
    Run.objects.filter(pk=repeat.pk).update(repeat_of=labelled.second_run)
    tables = tables_of(labelled.study)
    assert {"strategies", "recovered", "effects", "usage", "kinds_by_run", "repeats"} <= {
        table.slug for table in tables
    }
    for table in tables:
        for row in table.rows:
            for column, cell in zip(table.columns, row, strict=True):
                reaches = bool(cell.cases) or cell.run is not None
                assert reaches or not cell.numeric or cell.value is None, (table.slug, column.slug, cell)


def test_what_a_judge_decided_stands_corrected_by_gold_with_links_to_both(world: World, leads: Client) -> None:
    for case in world.study.cases.filter(prompt__key__in=("rain", "tea", "bike")):
        judge_reply(case.first)
    for key, label in (("rain", "helped"), ("tea", "hurt"), ("bike", "cant_tell"), ("moon", "hurt")):
        case = world.study.cases.get(prompt__key=key)
        Adjudication.objects.create(case=case, revision=1, label=label, reason="As discussed.")
    shown = words(leads.get(NUMBERS))
    assert "Outcomes decided by a judge model, corrected by gold" in shown
    assert "helped less hurt 3 0.0 (0/3) 2" in shown
    for concern, cases in (("judged", 3), ("judged_with_gold", 2)):
        listed = leads.get(f"/studies/pilot/cases/?concern={concern}").content.decode()
        assert listed.count('data-label="Case"') == cases, concern


def test_every_link_of_the_page_leads_somewhere(labelled: World, leads: Client) -> None:
    html = leads.get(NUMBERS).content.decode()
    addresses = {unescape(found) for found in re.findall(r'href="([^"]+)"', html)}
    assert {"/studies/pilot/results/charts/kinds.svg", "/studies/pilot/results/report.tex"} <= addresses
    for address in addresses:
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in html, address
        else:
            assert leads.get(address).status_code == 200, address


@pytest.mark.parametrize("path", ["tables/none.csv", "charts/kinds.pdf", "charts/scopes.svg", "report.pdf"])
def test_an_unknown_table_chart_or_format_does_not_exist(world: World, leads: Client, path: str) -> None:
    assert leads.get(f"{PAGE}{path}").status_code == 404


def test_a_table_comes_with_the_ends_of_its_intervals(world: World, leads: Client) -> None:
    answer = leads.get(f"{PAGE}tables/comparison.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="pilot-comparison.csv"'
    head, first, *_ = answer.content.decode().splitlines()
    assert head.startswith("part,n,better,worse,both,neither,prompts,prompts_low,prompts_high,prompts_n")
    assert first.startswith("all prompts,4,1,1,1,1,0.0,")


def test_a_bound_is_no_fair_comparison(world: World, leads: Client) -> None:
    make_run(world.dataset, world.language_model, "verified_revision")
    Run.objects.filter(strategy="verified_revision").update(created_by=User.objects.get(username="lena"))
    shown = words(leads.get(NUMBERS))
    assert "verified revision" in shown
    assert "a bound" in shown


def test_a_run_that_the_lead_may_not_open_is_not_named(world: World, leads: Client) -> None:
    make_run(world.dataset, world.language_model, "restate")
    assert "restated constraints" not in words(leads.get(NUMBERS))


def test_a_study_without_cases_says_that_there_is_too_little(world: World, leads: Client) -> None:
    Generation.objects.filter(run=world.second_run).update(status="queued")
    assert "Too few prompts were answered by both base and cot to compare them: 0." in words(leads.get(NUMBERS))
