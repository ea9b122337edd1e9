"""Tests of the prediction-powered mean: equality with ppi-python, coverage, and what a useless judge changes."""

import json

import numpy as np
import pytest

from annotator.statistics.estimates import Estimate
from annotator.statistics.prediction_powered import prediction_powered_mean
from tests.statistics.reference_values import FILE, predictions

REFERENCE = json.loads(FILE.read_text())["prediction_powered"]


@pytest.mark.parametrize("row", REFERENCE, ids=lambda row: str(row["seed"]))
def test_intervals_are_those_of_ppi_python(row: dict) -> None:
    for weight, expected in ((None, row["tuned"]), (1.0, row["plain"])):
        corrected = prediction_powered_mean(*predictions(row["seed"]), weight=weight).corrected
        assert [corrected.low, corrected.high] == pytest.approx(expected, abs=1e-9)


def test_a_good_judge_narrows_the_interval_and_a_biased_one_is_corrected() -> None:
    gold, judged, alone = predictions(0)
    result = prediction_powered_mean(gold, judged, alone)
    assert result.corrected.high - result.corrected.low < result.gold_alone.high - result.gold_alone.low
    harsh = prediction_powered_mean(gold, [value - 0.4 for value in judged], [value - 0.4 for value in alone])
    assert result.weight > 0
    assert harsh.corrected.value == pytest.approx(result.corrected.value)


def test_a_judge_that_always_says_the_same_leaves_the_gold_alone() -> None:
    result = prediction_powered_mean([1, 0] * 10, [1] * 20, [1] * 100)
    assert result.weight == 0
    assert result.corrected == result.gold_alone


def test_little_gold_is_not_enough_data_or_no_interval() -> None:
    assert prediction_powered_mean([], [], [1, 0]).corrected == Estimate.missing(0, "not enough data")
    few = prediction_powered_mean([1, 0, 1], [1, 0, 0], [1, 0]).corrected
    assert few.value is not None
    assert (few.low, few.high, few.n) == (None, None, 3)


def test_gold_and_judge_that_never_vary_are_no_certainty() -> None:
    result = prediction_powered_mean([1] * 20, [1] * 20, [1] * 50).corrected
    assert (result.value, result.low, result.high) == (1, None, None)


def test_values_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="2 gold values and 1 of the judge cannot be paired"):
        prediction_powered_mean([1, 0], [1], [])


@pytest.mark.parametrize("gold", [50, 200])
def test_the_interval_covers_the_true_mean_at_the_nominal_rate(gold: int) -> None:
    generator = np.random.default_rng(5)
    covered = []
    for _ in range(600):
        truth = (generator.random(900) < 0.7).astype(float)
        judged = np.where(generator.random(900) < 0.15, 1 - truth, truth)
        corrected = prediction_powered_mean(truth[:gold], judged[:gold], judged[gold:]).corrected
        if corrected.low is not None:
            covered.append(corrected.low <= 0.7 <= corrected.high)
    assert len(covered) > 450
    assert 0.92 <= np.mean(covered) <= 0.98


def test_gold_that_the_judge_hardly_contradicts_corrects_without_an_interval() -> None:
    gold = [1, 0, 1, 1] * 15
    judged = [1, 1, 1, 1, *gold[4:]]
    result = prediction_powered_mean(gold, judged, judged * 4)
    assert result.corrected.value is not None
    assert (result.corrected.low, result.corrected.high) == (None, None)
    assert result.gold_alone.low is not None
