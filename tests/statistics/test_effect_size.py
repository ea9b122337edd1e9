"""Tests of effect sizes: published examples, and no value where the data give none."""

import pytest

from annotator.statistics.effect_size import cohen_h, discordant_odds_ratio
from annotator.statistics.estimates import Estimate
from annotator.statistics.paired_difference import PairedCounts


def test_cohens_h_is_that_of_his_table() -> None:
    """Cohen (1988), table 6.2.2: phi is 1.571 for a share of .50 and 1.772 for .60."""
    assert cohen_h(PairedCounts(50, 0, 10, 40)) == pytest.approx(1.772 - 1.571, abs=0.001)
    assert cohen_h(PairedCounts(50, 10, 0, 40)) == pytest.approx(1.571 - 1.772, abs=0.001)


def test_the_odds_ratio_of_the_discordant_pairs_has_the_exact_interval() -> None:
    """Fagerland et al. (2014): airway hyper-responsiveness, 7 and 1 of 21, 0.143 (0.003 to 1.11) as first by second."""
    ratio = discordant_odds_ratio(PairedCounts(1, 1, 7, 12))
    assert (ratio.value, ratio.n) == (7, 8)
    assert (round(1 / ratio.high, 3), round(1 / ratio.low, 2)) == (0.003, 1.11)


def test_without_differing_items_there_is_no_odds_ratio() -> None:
    assert discordant_odds_ratio(PairedCounts(3, 0, 0, 2)) == Estimate.missing(0, "no variation")
    assert discordant_odds_ratio(PairedCounts(0, 0, 0, 0)) == Estimate.missing(0, "not enough data")
    assert cohen_h(PairedCounts(0, 0, 0, 0)) is None


def test_a_ratio_without_a_bound_is_no_value_and_one_of_nothing_is_0() -> None:
    assert discordant_odds_ratio(PairedCounts(3, 0, 4, 2)) == Estimate.missing(4, "not enough data")
    none = discordant_odds_ratio(PairedCounts(3, 4, 0, 2))
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(1.514, abs=0.001)  # 1 - 0.025 ** (1 / 4) = 0.602 as odds
