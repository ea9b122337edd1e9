"""Decision pipelines: complexity chooses on held-out prompts, by a number that was set without them."""

import numpy as np
import pytest

from annotator.routing.pipelines import Known, pipeline_result


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
