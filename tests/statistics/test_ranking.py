"""The area under the ROC curve: its value, its interval and its test, beside libraries and known answers."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from annotator.statistics.paired import holm
from annotator.statistics.ranking import roc_area


def drawn(shift: float, sizes: tuple[int, int] = (40, 60), seed: int = 0) -> tuple[list[float], list[float]]:
    random = np.random.default_rng(seed)
    return list(random.normal(shift, 1, sizes[0])), list(random.normal(0, 1, sizes[1]))


def test_the_area_is_that_of_scikit_learn_also_with_equal_values() -> None:
    upper, lower = ([round(value, 1) for value in group] for group in drawn(0.7))
    labels = [1] * len(upper) + [0] * len(lower)
    assert roc_area(upper, lower).area.value == pytest.approx(roc_auc_score(labels, upper + lower))


def test_the_interval_has_its_coverage() -> None:
    """The true area of two normal groups one standard deviation apart is Phi(1 / sqrt 2) = 0.7602."""
    inside = 0
    for seed in range(400):
        area = roc_area(*drawn(1.0, (30, 40), seed)).area
        assert area.low is not None
        assert area.high is not None
        inside += area.low <= 0.7602 <= area.high
    assert 0.92 <= inside / 400 <= 0.98


def test_random_labels_give_an_interval_that_covers_one_half_and_no_small_p_value() -> None:
    covered = found = 0
    for seed in range(200):
        area = roc_area(*drawn(0.0, (25, 35), seed))
        assert area.area.low is not None
        assert area.area.high is not None
        covered += area.area.low <= 0.5 <= area.area.high
        assert area.p_value is not None
        found += area.p_value < 0.05
    assert covered >= 180
    assert found <= 20


def test_groups_that_do_not_overlap_have_the_area_one_and_an_interval_below_it() -> None:
    area = roc_area([4, 5, 6, 7, 8], [0, 1, 2, 3, 3.5])
    assert area.area.value == 1
    assert area.area.low is not None
    assert 0.5 < area.area.low < 1
    assert area.p_value == pytest.approx(2 / 252)  # of the 252 orders of ten values, this one and its mirror


@pytest.mark.parametrize(
    ("upper", "lower", "status"),
    [([], [1.0, 2.0], "not enough data"), ([1.0], [], "not enough data"), ([1.0, 1.0], [1.0], "no variation")],
)
def test_without_data_there_is_no_area(upper: list[float], lower: list[float], status: str) -> None:
    area = roc_area(upper, lower)
    assert area.area.status == status
    assert area.p_value is None


def test_three_values_in_a_group_give_an_area_without_an_interval() -> None:
    area = roc_area([3, 4, 5], [1, 2, 3.5, 4.5]).area
    assert area.value is not None
    assert area.low is None


def test_holm_over_the_layers_keeps_the_family_wide_error() -> None:
    random = np.random.default_rng(1)
    rejected = 0
    for _ in range(40):
        labels = random.permutation([True] * 20 + [False] * 20)
        layers = random.normal(size=(5, 40))
        p_values = {layer: roc_area(row[labels], row[~labels]).p_value for layer, row in enumerate(layers)}
        rejected += any(p is not None and p < 0.05 for p in holm(p_values).values())
    assert rejected <= 6
