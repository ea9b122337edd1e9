"""Decision pipelines: complexity chooses on held-out prompts, by a number that was set without them."""

from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from annotator.routing.errors import RoutingError
from annotator.routing.pipelines import Known, pipeline_result
from annotator.routing.run_results import results_of_runs
from tests.cast import World
from tests.routing.planted import planted
from tests.routing.studies import add_verdicts, planted_study


def known(n: int = 60) -> Known:
    """Prompts of 1, 2 and 3 constraints in turn: the second strategy is right from three on, the first before."""
    constraints = np.arange(n) % 3 + 1
    return Known(
        results={"base": (constraints < 3).astype(float), "cot": (constraints >= 3).astype(float)},
        constraints=constraints,
        groups=[str(number) for number in range(n)],
        folds=np.arange(n) // 3 % 5,
    )


def test_the_number_that_makes_a_prompt_complex_is_found_on_the_other_folds() -> None:
    result = pipeline_result(known(), "base", "cot", fixed=("base", "cot"))
    assert result.complex_from == [3] * 5
    assert result.accuracy.value == 1.0
    assert (result.best, result.complex_share) == ("base", pytest.approx(1 / 3))
    assert result.over_best.value == pytest.approx(1 / 3)
    assert result.over_best.low is not None
    assert result.over_best.low > 0


def test_a_number_that_is_set_beforehand_is_kept() -> None:
    result = pipeline_result(known(), "base", "cot", fixed=("base", "cot"), complex_from=2)
    assert set(result.complex_from) == {2}
    assert result.accuracy.value == pytest.approx(2 / 3)


def test_the_fold_that_is_held_out_has_no_say() -> None:
    of_all = known()
    odd = of_all.folds == 0
    base, cot = of_all.results["base"].copy(), of_all.results["cot"].copy()
    base[odd], cot[odd] = cot[odd], base[odd]  # in this fold alone it is the other way round
    turned = Known({"base": base, "cot": cot}, of_all.constraints, of_all.groups, of_all.folds)
    result = pipeline_result(turned, "base", "cot", fixed=("base", "cot"))
    assert result.complex_from[0] == 3
    assert result.accuracy.value == pytest.approx(1 - odd.mean())


def test_a_pipeline_that_always_chooses_the_best_fixed_strategy_gains_nothing() -> None:
    result = pipeline_result(known(), "base", "base", fixed=("base", "cot"))
    assert result.over_best.value == 0.0


@pytest.mark.django_db
def test_runs_are_evaluated_end_to_end_from_their_verdicts() -> None:
    study = planted_study(prompts=planted(150))
    add_verdicts(study)
    out = StringIO()
    call_command("pipeline_report", study.first_run_id, study.second_run_id, stdout=out)
    head, power, *table = out.getvalue().splitlines()
    first, second = f"base ({study.first_run_id})", f"cot ({study.second_run_id})"
    assert head == f"150 prompts in {first}, {second}; 0 left out."
    assert power.startswith("150 prompts, of which the first two runs differ on 100, can show a difference of ")
    assert table[-1].startswith("| router | router |")
    assert "| 100.0 (100.0 to 100.0) | 33.3" in table[-1]  # the plant is found, and gains a third of the prompts
    assert len(table) == 2 + 3 * 2 + 1


@pytest.mark.django_db
def test_with_too_few_prompts_there_is_no_router_and_the_rest_is_shown(world: World) -> None:
    out = StringIO()
    call_command("pipeline_report", world.first_run.pk, world.second_run.pk, stdout=out)
    assert "No router: " in out.getvalue()
    assert "| router |" not in out.getvalue()
    results = results_of_runs({"base": world.first_run, "cot": world.second_run})
    assert results.shares == {"base": [0.0, 1.0, 0.5, 1.0], "cot": [1.0, 0.0, 0.5, 1.0]}
    assert [prompt.label for prompt in results.prompts] == ["helped", "hurt", "tie", "tie"]


@pytest.mark.django_db
def test_a_prompt_without_a_whole_answer_is_left_out_or_obeys_nothing(world: World) -> None:
    runs = {"base": world.first_run, "cot": world.second_run}
    world.second_run.generations.filter(prompt__key="rain").update(answer="", split_status="truncated")
    assert results_of_runs(runs).left_out == 1
    counted = results_of_runs(runs, unanswered="obeys_nothing")
    assert counted.left_out == 0
    assert counted.shares == {"base": [0.0, 1.0, 0.5, 1.0], "cot": [0.0, 0.0, 0.5, 1.0]}
    out = StringIO()
    call_command("pipeline_report", world.first_run.pk, world.second_run.pk, unanswered="obeys_nothing", stdout=out)
    assert out.getvalue().startswith("4 prompts in ")
    assert "4 prompts, of which the first two runs differ on 1, can show no difference at all" in out.getvalue()


@pytest.mark.django_db
def test_runs_over_two_datasets_are_refused(world: World) -> None:
    other = planted_study(prompts=planted(6)).first_run
    with pytest.raises(RoutingError, match="name runs over one dataset"):
        results_of_runs({"base": world.first_run, "other": other})
    with pytest.raises(CommandError, match="is named twice; name a second run"):
        call_command("pipeline_report", world.first_run.pk, world.first_run.pk)
