"""Tests of position bias against published intervals and p-values."""

import pytest

from annotator.statistics.bias import position_bias
from annotator.statistics.estimates import Estimate


@pytest.mark.parametrize(
    ("left", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons_as_newcombe_prints_it(left: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    share = position_bias(left=left, right=n - left).left_share

    assert (round(share.low, 4), round(share.high, 4), share.n) == (low, high, n)
    assert share.value == pytest.approx(left / n)


def test_the_test_is_exact_as_arbuthnotts_first_one() -> None:
    """Arbuthnott (1710): more boys christened in 82 of 82 years, one-sided 1 / 2^82."""
    assert position_bias(left=82, right=0).p_value == pytest.approx(2 / 2**82)


def test_no_bias_is_a_p_value_of_1_and_half_inside_the_interval() -> None:
    bias = position_bias(left=50, right=50)

    assert bias.p_value == pytest.approx(1)
    assert bias.left_share.low < 0.5 < bias.left_share.high


def test_left_and_right_mirror_each_other() -> None:
    left, right = position_bias(left=30, right=12), position_bias(left=12, right=30)

    assert left.p_value == pytest.approx(right.p_value)
    assert left.left_share.low == pytest.approx(1 - right.left_share.high)


def test_no_choices_are_not_enough_data() -> None:
    bias = position_bias(left=0, right=0)

    assert bias.left_share == Estimate.missing(0, "not enough data")
    assert bias.p_value is None
