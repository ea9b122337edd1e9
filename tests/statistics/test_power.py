"""Tests of power: published formulas for many items, simulation, and no difference that could be shown by few."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from annotator.statistics.paired_difference import PairedCounts, mcnemar_exact
from annotator.statistics.power import detectable_difference, exact_power


def miettinen(n: int, discordant_share: float, difference: float) -> float:
    """Power by the normal approximation: Miettinen (1968), Biometrics 24, 339, as in Connor (1987)."""
    spread = (discordant_share - difference**2) ** 0.5
    return float(norm.cdf((difference * n**0.5 - norm.ppf(0.975) * discordant_share**0.5) / spread))


def test_a_thousand_items_show_three_points() -> None:
    """Miller (2024), arXiv 2411.00640, section 5: 969 for a variance of 1/9 of the difference of two results."""
    detectable = detectable_difference(969, discordant_share=1 / 9 + 0.03**2)
    assert detectable == pytest.approx(0.03, abs=0.001)


def test_fifty_seven_cases_show_seventeen_points_where_a_fifth_differ() -> None:
    assert round(100 * detectable_difference(57, discordant_share=0.2)) == 17
    assert round(100 * detectable_difference(57, discordant_share=0.2, power=0.5)) == 13


def test_where_fewer_differ_than_are_needed_all_of_them_go_one_way() -> None:
    for share in (0.0, 1e-300, 0.01, 0.13):
        assert detectable_difference(57, discordant_share=share) == pytest.approx(0.1352, abs=0.0001)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_fewer_than_six_items_show_no_difference(n: int) -> None:
    assert detectable_difference(n, discordant_share=1) is None
    assert n == 0 or exact_power(n, discordant_share=1, difference=1) == 0


def test_six_items_that_all_go_one_way_are_shown() -> None:
    assert exact_power(6, discordant_share=1, difference=1) == 1
    assert detectable_difference(6, discordant_share=1) is not None


@pytest.mark.parametrize(("n", "discordant_share", "difference"), [(541, 0.2, 0.06), (1150, 0.15, 0.04)])
def test_the_exact_power_is_near_the_published_approximation(
    n: int, discordant_share: float, difference: float
) -> None:
    power = exact_power(n, discordant_share=discordant_share, difference=difference)
    assert miettinen(n, discordant_share, difference) - 0.04 < power < miettinen(n, discordant_share, difference)


def test_the_power_is_the_share_of_simulated_studies_in_which_the_test_rejects() -> None:
    shares = [0.4, 0.05, 0.2, 0.35]
    drawn, times = np.unique(np.random.default_rng(0).multinomial(57, shares, size=2000), axis=0, return_counts=True)
    rejects = [mcnemar_exact(PairedCounts(*map(int, table))).p_value <= 0.05 for table in drawn]
    expected = exact_power(57, discordant_share=0.25, difference=0.15)
    assert np.average(rejects, weights=times) == pytest.approx(expected, abs=0.03)


@settings(max_examples=30, deadline=None)
@given(st.integers(6, 300), st.floats(0, 1))
def test_the_difference_is_one_that_is_shown_with_the_power(n: int, discordant_share: float) -> None:
    detectable = detectable_difference(n, discordant_share=discordant_share)
    assert detectable is not None
    differing = max(discordant_share, detectable)
    assert exact_power(n, discordant_share=differing, difference=detectable) == pytest.approx(0.8, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 200), st.floats(0.01, 1))
def test_without_a_difference_the_test_rejects_as_often_as_it_may_at_most(n: int, discordant_share: float) -> None:
    assert exact_power(n, discordant_share=discordant_share, difference=0) <= 0.05 + 1e-12


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"share 1\.5 of differing items is not between 0 and 1"):
        detectable_difference(10, discordant_share=1.5)
    with pytest.raises(ValueError, match=r"difference of 0\.4 needs a share of differing items between it and 1"):
        exact_power(10, discordant_share=0.2, difference=0.4)
