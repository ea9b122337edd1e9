"""Calibration: the Brier score is scikit-learn's, and the error is that of groups of near probabilities."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from annotator.routing.calibration import calibration_error, calibration_of
from annotator.routing.cards import card_of
from annotator.routing.reports import split_report
from annotator.routing.training import Settings, train_router, trainer_of
from tests.routing.planted import planted, shuffled

N = 4_000
DRAW = np.random.default_rng(3)
PROBABILITIES = DRAW.random(N)
LABELS = (DRAW.random(N) < PROBABILITIES).astype(np.int64)  # calibrated by construction


def test_the_brier_score_is_that_of_scikit_learn_with_an_interval_around_it() -> None:
    found = calibration_of(LABELS, PROBABILITIES, [str(number) for number in range(N)])
    assert found.brier.value == pytest.approx(brier_score_loss(LABELS, PROBABILITIES), abs=1e-12)
    assert found.brier.low is not None
    assert found.brier.high is not None
    assert found.brier.low < found.brier.value < found.brier.high < found.brier_of_base_rate


def test_the_error_is_small_for_what_is_calibrated_and_large_for_what_is_not() -> None:
    assert calibration_error(LABELS, PROBABILITIES) < 0.04
    assert calibration_error(LABELS, 1 - PROBABILITIES) > 0.4


def test_the_error_of_a_single_probability_is_its_distance_from_the_share() -> None:
    labels = np.array([1, 0, 0, 0])
    assert calibration_error(labels, np.full(4, 0.25)) == pytest.approx(0)
    assert calibration_error(labels, np.full(4, 0.75)) == pytest.approx(0.5)


def test_equal_prompts_are_resampled_together() -> None:
    alone = calibration_of(LABELS, PROBABILITIES, [str(number) for number in range(N)]).brier
    doubled = calibration_of(
        np.concatenate([LABELS, LABELS]),
        np.concatenate([PROBABILITIES, PROBABILITIES]),
        [str(number % N) for number in range(2 * N)],
    ).brier
    assert doubled.value == pytest.approx(alone.value)
    assert (doubled.low, doubled.high) == pytest.approx((alone.low, alone.high), abs=2e-3)


def test_on_planted_data_it_is_below_the_base_rate_and_on_shuffled_labels_it_is_not() -> None:
    for prompts, finds in ((planted(), True), (shuffled(planted()), False)):
        found = split_report("random", prompts, trainer_of(Settings())).calibration
        assert found is not None
        assert found.brier.high is not None
        assert (found.brier.high < found.brier_of_base_rate) is finds


def test_the_card_shows_it() -> None:
    report = split_report("composition", planted(90), trainer_of(Settings()))
    training = {"ties": "no", "calibration": "platt", "labels": "verdicts", "studies": []}
    classes = {"helped": 30, "hurt": 30, "tie": 30}
    card = card_of("words v1", train_router(planted(90), Settings()), {**training, "classes": classes}, [report])
    assert "| split | Brier score | of the base rate | calibration error |" in card
