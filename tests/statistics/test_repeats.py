"""Tests of the variance split: a published example, scipy's F, recovery of what was planted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from annotator.statistics.repeats import VarianceSplit, variance_split

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_item_share_is_the_printed_intraclass_correlation() -> None:
    """Shrout and Fleiss (1979), Psychological Bulletin 86, 420: mean squares 11.24 and 6.26, ICC(1, 1) .17."""
    split = variance_split(SHROUT_FLEISS)
    assert (split.sample, split.item) == pytest.approx((6.26, (11.24 - 6.26) / 4), abs=0.005)
    assert round(split.item_share, 2) == 0.17


def test_the_split_agrees_with_scipys_f() -> None:
    split = variance_split(SHROUT_FLEISS)
    assert 1 + split.repeats * split.item / split.sample == pytest.approx(stats.f_oneway(*SHROUT_FLEISS).statistic)


def test_what_was_planted_is_found_with_rows_of_different_lengths() -> None:
    generator = np.random.default_rng(0)
    items = generator.normal(0.5, 0.3, 2000)
    results = [generator.normal(item, 0.2, generator.integers(1, 6)) for item in items]
    split = variance_split(results)
    assert (split.item**0.5, split.sample**0.5) == pytest.approx((0.3, 0.2), abs=0.01)


def test_more_samples_shrink_only_their_own_part_of_the_error() -> None:
    split = VarianceSplit(items=100, repeats=2, mean=0.5, item=0.04, sample=0.09, status="ok")
    assert split.standard_error() == pytest.approx(((0.04 + 0.045) / 100) ** 0.5)
    assert split.standard_error(1) == pytest.approx((0.13 / 100) ** 0.5)
    assert split.standard_error(1e9) == pytest.approx(0.02)


@pytest.mark.parametrize("results", [[], [[1, 0]], [[1], [0], [1]], [[], [1, 0], []]])
def test_without_a_repeat_or_a_second_item_there_is_no_split(results: list[list[float]]) -> None:
    split = variance_split(results)
    assert (split.item, split.sample, split.status) == (None, None, "not enough data")
    assert split.item_share is split.standard_error() is None


def test_equal_results_have_no_variation() -> None:
    assert variance_split([[1, 1], [1, 1]]).status == "no variation"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 1]), max_size=5), max_size=8))
def test_variances_are_never_below_0(results: list[list[int]]) -> None:
    split = variance_split(results)
    if split.status == "ok":
        assert split.item >= 0
        assert split.sample >= 0
        assert 0 <= split.item_share <= 1
