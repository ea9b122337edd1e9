"""AUROC and AUPRC equal scikit-learn's, also with equal probabilities; folds are not ranked against each other."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from annotator.routing.ranking import auprc, auroc


@pytest.mark.parametrize("digits", [1, 9])
def test_they_equal_those_of_scikit_learn(digits: int) -> None:
    draw = np.random.default_rng(3)
    probabilities = draw.random(300).round(digits)
    labels = (draw.random(300) < probabilities).astype(np.int64)
    groups, folds = list(range(300)), [0] * 300
    assert auroc(labels, probabilities, groups, folds).value == pytest.approx(
        roc_auc_score(labels, probabilities), abs=1e-9
    )
    assert auprc(labels, probabilities, groups, folds).value == pytest.approx(
        average_precision_score(labels, probabilities), abs=1e-9
    )


def test_prompts_of_different_folds_are_not_compared() -> None:
    labels, probabilities = np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    assert auroc(labels, probabilities, range(4), [0, 0, 1, 1]).value == 1.0
    assert auroc(labels, probabilities, range(4), [0] * 4).value == 0.75


def test_an_interval_resamples_whole_groups_and_covers_chance() -> None:
    draw = np.random.default_rng(4)
    labels, probabilities = draw.integers(0, 2, 200), draw.random(200)
    alone = auroc(labels, probabilities, range(200), [0] * 200)
    assert alone.low is not None
    assert alone.high is not None
    assert alone.low < 0.5 < alone.high
    paired = auroc(np.repeat(labels, 2), np.repeat(probabilities, 2), [n // 2 for n in range(400)], [0] * 400)
    assert (paired.low, paired.high) == (pytest.approx(alone.low), pytest.approx(alone.high))


def test_without_both_labels_there_is_no_value() -> None:
    ones = np.ones(10, dtype=np.int64)
    assert auroc(ones, np.linspace(0, 1, 10), range(10), [0] * 10).status == "no variation"
    assert auprc(ones, np.linspace(0, 1, 10), range(10), [0] * 10).status == "no variation"
    assert auroc(ones[:1], np.array([0.5]), [0], [0]).status == "not enough data"
