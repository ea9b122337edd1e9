"""Tests of comparisons of two runs: published examples, refused mispairing, a status where there is no value."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.statistics.paired import holm, paired_counts
from annotator.statistics.paired_difference import PairedCounts


def test_pairs_are_counted_whatever_the_order_of_the_items() -> None:
    first = {"a": True, "b": True, "c": False, "d": False, "e": True}
    second = {"e": False, "d": False, "c": True, "b": False, "a": True}
    assert paired_counts(first, second) == PairedCounts(both=1, only_first=2, only_second=1, neither=1)


def test_no_items_are_not_enough_data() -> None:
    assert paired_counts({}, {}) == PairedCounts(0, 0, 0, 0)


def test_runs_over_different_items_are_refused() -> None:
    with pytest.raises(ValueError, match="2 items are on one side only, 'p2' for one; compare the same items"):
        paired_counts({"p1": True, "p2": True}, {"p1": False, "p3": True})


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
