"""A run's page: results in every scope, splits, decisions, repeats as one thing, the source of imported outputs."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.models import Generation, Run
from annotator.runs.selectors import run_results
from annotator.runs.selectors.run_results import histogram
from tests.cast import World, make_run


@pytest.fixture
def browser(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


def page(browser: Client, run: Run) -> str:
    return " ".join(browser.get(f"/runs/{run.pk}/").content.decode().split())


def decide(run: Run, *decisions: dict[str, Any] | None) -> None:
    for generation, decision in zip(run.generations.order_by("position"), decisions, strict=True):
        Generation.objects.filter(pk=generation.pk).update(decision=decision)


def chose(what: str, probability: float | None = None, **more: Any) -> dict[str, Any]:
    return {"chose": what, "by": "the model", "probability": probability, "threshold": 0.5, **more}


def test_accuracies_are_there_for_every_scope(world: World, browser: Client) -> None:
    html = page(browser, world.second_run)
    # SCENES: of four cot answers rain and moon obey all; in the whole completion the reasoning has a comma each.
    html = " ".join(html.split())
    answer = html[html.index('<th scope="row"> answer <span class="small soft">(n = 4)</span>') :]
    assert "50.0 %" in answer[: answer.index("</tr>")]
    completion = html[html.index('<th scope="row"> whole completion <span class="small soft">(n = 4)</span>') :]
    assert "0.0 %" in completion[: completion.index("</tr>")]
    assert "Constraints that nothing decided are in none of them." in html
    assert "±" not in html


def test_a_run_that_is_not_done_says_when_accuracies_come(world: World, browser: Client) -> None:
    Run.objects.filter(pk=world.first_run.pk).update(status="running")
    assert "Accuracies are counted when the run is done." in page(browser, world.first_run)


def test_splits_finish_reasons_and_decisions_are_counted_most_frequent_first(world: World) -> None:
    run = world.second_run
    run.generations.filter(position=0).update(split_status="missing_marker", finish_reason="length")
    nested = chose("pipeline", then=chose("cot", 0.99))
    decide(run, chose("cot", 0.7), chose("base", 0.1, note="Unread."), chose("cot", 1.0), nested)
    results = run_results([run])
    assert results.generations == 4
    assert list(results.splits.items()) == [("clean", 3), ("missing_marker", 1)]
    assert list(results.finish_reasons.items()) == [("stop", 3), ("length", 1)]
    assert list(results.decisions.items()) == [(("cot",), 2), (("base",), 1), (("pipeline", "cot"), 1)]
    assert results.probabilities == [0, 1, 0, 0, 0, 0, 0, 1, 0, 2]
    assert results.notes == {"Unread.": 1}
    assert results.defective == 0


@pytest.mark.parametrize(
    ("probabilities", "bins"),
    [([], []), ([0.0, 1.0], [1, *[0] * 8, 1]), ([0.0999, 0.1], [1, 1, *[0] * 8]), ([1.5, -1], [1, *[0] * 8, 1])],
)
def test_a_histogram_has_every_probability_once(probabilities: list[float], bins: list[int]) -> None:
    assert histogram(probabilities) == bins


def test_decisions_are_on_the_page_in_words_with_their_histogram(world: World, browser: Client) -> None:
    decide(world.second_run, chose("cot", 0.7), chose("base", 0.1, note="<i>"), chose("cot", 0.9), None)
    html = page(browser, world.second_run)
    assert "<dt>cot</dt>" in html
    assert '2 <span class="small soft">67 %</span>' in html
    assert "70–80 %: 1" in html
    assert html.count("<rect ") == 10
    assert '1 × <span lang="">&lt;i&gt;</span>' in html


def test_a_run_without_decisions_has_no_histogram(world: World, browser: Client) -> None:
    html = page(browser, world.first_run)
    assert "What was decided" not in html
    assert "histogram" not in html


@pytest.fixture
def repeats(world: World, lena: User) -> list[Run]:
    """Three cot runs with the seeds 4, 5 and 6; a study pairs the first."""
    first = world.second_run
    runs = [first]
    for seed in (5, 6):
        run = make_run(world.dataset, world.language_model, f"cot seed {seed}")
        runs.append(run)
    for seed, run in zip((4, 5, 6), runs, strict=True):
        run.strategy, run.sampling = "cot", {"max_new_tokens": 64, "temperature": 0.7, "top_p": 1.0, "seed": seed}
        run.repeat_of = None if run is first else first
        run.save()
    return runs


def test_repeats_are_one_row_of_the_list_and_lead_to_the_first(
    world: World, browser: Client, repeats: list[Run]
) -> None:
    html = " ".join(browser.get("/runs/").content.decode().split())
    assert f'href="/runs/{repeats[0].pk}/"' in html
    assert f'href="/runs/{repeats[1].pk}/"' not in html
    assert "3 repeats" in html
    assert "12 / 12" in html


def test_a_repeats_page_counts_all_of_them_together_and_names_the_others(
    world: World, browser: Client, repeats: list[Run]
) -> None:
    for run in repeats:
        html = page(browser, run)
        assert "3 runs that differ in their seed alone." in html
        assert "Mean accuracies of 3 repeats, with standard deviation and range" in html
        assert "±" in html
        assert f'<b aria-current="page">Run {run.pk}</b>' in html
        assert all(f'href="/runs/{other.pk}/"' in html for other in repeats if other is not run)


def test_who_leads_the_study_of_one_repeat_may_open_all(
    world: World, browser: Client, repeats: list[Run], mallory: User
) -> None:
    assert browser.get(f"/runs/{repeats[2].pk}/").status_code == 200
    browser.force_login(mallory)
    assert browser.get(f"/runs/{repeats[2].pk}/").status_code == 404


def test_an_imported_run_says_where_its_outputs_are_from(world: World, browser: Client) -> None:
    source = {"name": "<a>.jsonl", "sha256": "ab12", "format": "jsonl", "split": "markers", "terms": "", "extra": [1]}
    Run.objects.filter(pk=world.first_run.pk).update(source=source)
    html = page(browser, world.first_run)
    assert '<span class="tag">imported</span>' in html
    assert "<dt>File</dt><dd><bdi>&lt;a&gt;.jsonl</bdi></dd>" in html
    assert "<dt>SHA-256 of the file</dt><dd><bdi>ab12</bdi></dd>" in html
    assert "<dt>Terms</dt>" not in html
    assert "<dt>extra</dt>" in html
    assert '<span class="tag">imported</span>' in " ".join(browser.get("/runs/").content.decode().split())


def test_a_run_that_uses_the_checkers_is_marked_everywhere(world: World, browser: Client) -> None:
    Run.objects.filter(pk=world.second_run.pk).update(strategy="verified_revision")
    html = page(browser, world.second_run)
    assert "these figures are a bound, no fair comparison" in html
    assert "uses the checkers" in browser.get("/runs/").content.decode()
    assert "uses the checkers" in browser.get(f"/runs/{world.second_run.pk}/prompts/0/").content.decode()
    assert "uses the checkers" not in page(browser, world.first_run)


def test_prompts_that_were_left_out_are_counted(world: World, browser: Client) -> None:
    Run.objects.filter(pk=world.first_run.pk).update(left_out=["a", "b"])
    assert "2 prompts with known defects left out" in page(browser, world.first_run)
