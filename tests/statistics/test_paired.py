"""Tests of comparisons of two runs: published examples, refused mispairing, a status where there is no value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from annotator.statistics.bootstrap import Bootstrap
from annotator.statistics.estimates import Estimate
from annotator.statistics.paired import holm, paired_counts, paired_difference
from annotator.statistics.paired_difference import PairedCounts


def test_pairs_are_counted_whatever_the_order_of_the_items() -> None:
    first = {"a": True, "b": True, "c": False, "d": False, "e": True}
    second = {"e": False, "d": False, "c": True, "b": False, "a": True}
    assert paired_counts(first, second) == PairedCounts(both=1, only_first=2, only_second=1, neither=1)


def test_no_items_are_not_enough_data() -> None:
    assert paired_counts({}, {}) == PairedCounts(0, 0, 0, 0)
    assert paired_difference({}, {}) == Estimate.missing(0, "not enough data")


@pytest.mark.parametrize("compare", [paired_counts, paired_difference])
def test_runs_over_different_items_are_refused(compare) -> None:
    with pytest.raises(ValueError, match="2 items are on one side only, 'p2' for one; compare the same items"):
        compare({"p1": True, "p2": True}, {"p1": False, "p3": True})


def test_the_difference_is_second_minus_first_whatever_the_order_of_the_items() -> None:
    estimate = paired_difference({"a": 1, "b": 0, "c": 0}, {"c": 1, "b": 1, "a": 1})

    assert estimate.value == pytest.approx(2 / 3)
    assert estimate.n == 3


def test_the_interval_is_scipys_paired_bootstrap() -> None:
    generator = np.random.default_rng(1)
    first = generator.random(100)
    second = first + generator.normal(0.1, 0.2, 100)

    estimate = paired_difference(dict(enumerate(first)), dict(enumerate(second)), bootstrap=Bootstrap(resamples=5000))
    expected = stats.bootstrap(
        (first, second),
        lambda before, after, axis: (after - before).mean(axis=axis),
        paired=True,
        n_resamples=5000,
        method="percentile",
        rng=2,
    ).confidence_interval

    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=0.005)


def test_weights_give_the_difference_of_instruction_level_accuracy() -> None:
    """p1 has three constraints of which 1 and then 3 are satisfied, p2 one of which 1 and then 0."""
    estimate = paired_difference({"p1": 1 / 3, "p2": 1}, {"p1": 1, "p2": 0}, weights={"p1": 3, "p2": 1})

    assert estimate.value == pytest.approx(3 / 4 - 2 / 4)


def test_weights_of_other_items_are_refused() -> None:
    with pytest.raises(ValueError, match="1 items are on one side only, 'p2' for one"):
        paired_difference({"p1": 1}, {"p1": 0}, weights={"p1": 3, "p2": 1})


def test_holm_rejects_the_three_hypotheses_of_the_thrombolysis_trial() -> None:
    """Benjamini and Hochberg (1995), JRSS B 57, section 3.2: 15 p-values, three rejected under family-wise control."""
    printed = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    printed += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]

    adjusted = holm(dict(enumerate(printed)))

    assert [adjusted[test] for test in range(4)] == pytest.approx([15 * 0.0001, 14 * 0.0004, 13 * 0.0019, 12 * 0.0095])
    assert [test for test, p_value in adjusted.items() if p_value <= 0.05] == [0, 1, 2]


def test_a_test_without_a_p_value_does_not_count_in_the_family() -> None:
    assert holm({"cot": 0.02, "few_shot": None, "thinking": 0.5}) == {"cot": 0.04, "few_shot": None, "thinking": 0.5}
    assert holm({"cot": None}) == {"cot": None}
    assert holm({}) == {}


@pytest.mark.slow
@settings(max_examples=20)  # statsmodels collects garbage on every call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(printed: list[float]) -> None:
    p_values = dict(enumerate(printed))

    adjusted = holm(p_values)

    assert all(p_values[key] <= adjusted[key] <= 1 for key in p_values)
    assert [adjusted[key] for key in sorted(p_values, key=p_values.get)] == sorted(adjusted.values())
