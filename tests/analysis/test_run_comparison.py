"""Comparison of runs: paired on the prompts and constraints that all of them have."""

from dataclasses import replace

import pytest

from annotator.analysis.results.study_results import runs_compared, study_results
from annotator.analysis.run_comparison import changed_prompts, compare_runs
from annotator.runs.models import Run, Verdict
from tests.cast import World, make_dataset, make_run


def test_runs_are_compared_on_the_prompts_that_all_have_answered(world: World) -> None:
    comparison = compare_runs(world.second_run, [world.first_run])
    assert (comparison.prompt_count, comparison.constraint_count) == (4, 5)
    second, first = comparison.runs
    # By SCENES: base satisfies tea, moon and one of the two of the bike; cot rain, moon and one of the bike's.
    assert (first.constraints, first.prompts) == (3 / 5, 2 / 4)
    assert (second.constraints, second.prompts) == (3 / 5, 2 / 4)
    (difference,) = comparison.differences
    compared = difference.compared
    assert (difference.helped, difference.hurt, compared.swaps) == (1, 1, 1)
    assert compared.constraints.value == 0
    assert compared.constraints.low is not None
    assert compared.constraints.low < 0 < compared.constraints.high  # type: ignore[operator]
    assert (compared.only_first, compared.only_second, compared.n) == (1, 1, 4)


def test_a_difference_has_the_statistics_of_a_study(world: World) -> None:
    """Strict and loose verdicts of the cast are the same, so the study's own comparison is this one."""
    (difference,) = compare_runs(world.second_run, [world.first_run]).differences
    study = study_results(world.study, runs_compared(world.study, Run.objects.all()))
    assert replace(difference.compared, adjusted=None) == study.pair.all
    assert difference.compared.mid_p == pytest.approx(1)
    assert difference.compared.newcombe.low is not None


def test_a_prompt_that_one_run_left_out_counts_in_none(world: World) -> None:
    world.second_run.generations.filter(prompt__key="tea").update(status="failed", error="It broke.")
    comparison = compare_runs(world.second_run, [world.first_run])
    assert comparison.prompt_count == 3
    assert [run.answered for run in comparison.runs] == [3, 4]
    assert comparison.differences[0].compared.constraints.value == pytest.approx(1 / 4)


def test_a_constraint_that_one_run_left_undecided_counts_in_none(world: World) -> None:
    Verdict.objects.filter(generation__run=world.second_run, constraint__kind__startswith="change_case").update(
        strict=None
    )
    comparison = compare_runs(world.second_run, [world.first_run])
    assert (comparison.prompt_count, comparison.constraint_count) == (4, 4)


def test_changes_name_each_prompt_with_what_it_gained_and_lost_also_in_a_tie(world: World) -> None:
    runs = [world.first_run, world.second_run]
    changes, kinds = changed_prompts(world.second_run, world.first_run, runs)
    assert [(change.prompt.key, change.outcome, change.gained, change.lost) for change in changes] == [
        ("rain", "helped", ["punctuation:no_comma"], []),
        ("tea", "hurt", [], ["punctuation:no_comma"]),
        ("bike", "tie", ["punctuation:no_comma"], ["change_case:english_lowercase"]),
    ]
    assert [(change.kind, change.gained, change.lost, change.n) for change in kinds] == [
        ("punctuation:no_comma", 2, 1, 4),
        ("change_case:english_lowercase", 0, 1, 1),
    ]


def test_answers_that_are_cut_off_are_counted_beside(world: World) -> None:
    world.second_run.generations.filter(prompt__key="moon").update(finish_reason="length")
    assert [run.without_answer for run in compare_runs(world.second_run, [world.first_run]).runs] == [1, 0]


def test_runs_with_nothing_in_common_have_no_difference_and_no_number(world: World) -> None:
    waiting = make_run(world.dataset, world.language_model, "restate", done=False)
    comparison = compare_runs(waiting, [world.first_run])
    assert comparison.prompt_count == 0
    assert comparison.differences[0].compared.constraints.value is None
    assert comparison.differences[0].compared.adjusted is None


def test_runs_over_different_datasets_are_refused(world: World) -> None:
    elsewhere = make_run(make_dataset("other"), world.language_model, "base")
    with pytest.raises(ValueError, match="different datasets"):
        compare_runs(world.second_run, [elsewhere])
