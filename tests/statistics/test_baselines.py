"""Tests of the baselines: worked examples of gap recovered and APGR."""

import numpy as np
import pytest

from annotator.statistics.baselines import compare_with_baselines, mean_over_shares

NEVER = np.array([1.0, 1, 0, 0, 1, 0])
ALWAYS = np.array([1.0, 0, 1, 1, 1, 0])
ITEMS = range(6)


def compared(chosen: np.ndarray, ranking: np.ndarray):
    shares = mean_over_shares(NEVER, ALWAYS, ranking, [0] * 6)
    return compare_with_baselines(NEVER, ALWAYS, chosen, shares, ITEMS)


def test_the_oracle_takes_the_better_of_both_item_by_item() -> None:
    result = compared(NEVER, np.zeros(6))
    assert (result.never.value, result.always.value) == (pytest.approx(3 / 6), pytest.approx(4 / 6))
    assert result.oracle.value == pytest.approx(5 / 6)


def test_the_gap_is_recovered_from_the_better_fixed_choice_to_the_oracle() -> None:
    assert compared(np.maximum(NEVER, ALWAYS), np.zeros(6)).recovered.value == pytest.approx(1)
    assert compared(ALWAYS, np.zeros(6)).recovered.value == pytest.approx(0)
    worse = compared(NEVER, np.zeros(6))
    assert worse.recovered.value == pytest.approx(-1)
    assert worse.over_best.value == pytest.approx(-1 / 6)


def test_the_way_from_never_to_the_oracle_is_a_part_of_its_own() -> None:
    assert compared(ALWAYS, np.zeros(6)).from_never.value == pytest.approx((4 - 3) / (5 - 3))
    assert compared(NEVER, np.zeros(6)).from_never.value == pytest.approx(0)


def test_no_items_have_no_gap_and_no_number() -> None:
    nothing = np.array([])
    result = compare_with_baselines(nothing, nothing, nothing, nothing, [])
    assert {result.never.status, result.recovered.status, result.apgr.status} == {"not enough data"}


def test_the_interval_of_the_gap_is_that_of_resampling_items_in_pairs() -> None:
    """The same percentile bootstrap, written item by item."""
    generator = np.random.default_rng(3)
    never, always = (generator.random((2, 200)) < 0.5).astype(float)
    chosen = np.where(generator.random(200) < 0.5, never, always)
    result = compare_with_baselines(never, always, chosen, never, range(200)).recovered
    best = always if always.sum() > never.sum() else never
    drawn = generator.integers(0, 200, (4000, 200))
    oracle = np.maximum(never, always)
    values = (chosen[drawn] - best[drawn]).sum(axis=1) / (oracle[drawn] - best[drawn]).sum(axis=1)
    assert (result.low, result.high) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])), abs=0.05)


def test_apgr_of_a_ranking_without_information_is_a_half() -> None:
    assert compared(NEVER, np.zeros(6)).apgr.value == pytest.approx(0.5)


def test_apgr_is_the_mean_over_all_thresholds() -> None:
    """The best ranking, worked by hand: the gains of items 2 and 3 come first and the loss of item 1 last."""
    ranking = np.array([0.5, 0.1, 0.9, 0.8, 0.5, 0.5])
    order = np.argsort(-ranking, kind="stable")
    gains = np.concatenate([[0], np.cumsum((ALWAYS - NEVER)[order])])
    trapezoid = float((gains[1:] + gains[:-1]).mean() / 2)  # over shares of reasoning
    assert compared(NEVER, ranking).apgr.value == pytest.approx(trapezoid / (ALWAYS - NEVER).sum())


def test_a_better_ranking_has_a_higher_apgr_also_where_always_is_the_worse_baseline() -> None:
    """Never and always are exchanged, so that reasoning loses on average: items 2 and 3 are hurt, item 1 is helped."""

    def swapped(ranking: list[float]) -> float:
        shares = mean_over_shares(ALWAYS, NEVER, np.array(ranking), [0] * 6)
        return compare_with_baselines(ALWAYS, NEVER, ALWAYS, shares, ITEMS).apgr.value  # type: ignore[return-value]

    helped_first, blind, hurt_first = ([0.5, 0.9, 0.1, 0.2, 0.5, 0.5], [0.5] * 6, [0.5, 0.1, 0.9, 0.8, 0.5, 0.5])
    assert swapped(blind) == pytest.approx(0.5)
    assert swapped(helped_first) > 0.5 > swapped(hurt_first)
    ranking = -np.array(helped_first)  # the same ranking, with the arms exchanged
    assert swapped(helped_first) == pytest.approx(compared(NEVER, ranking).apgr.value)


def test_equal_baselines_have_no_gap_to_go() -> None:
    result = compare_with_baselines(NEVER, NEVER, NEVER, NEVER, ITEMS)
    assert result.recovered.status == result.apgr.status == "no variation"
    assert result.recovered.value is None


def test_items_of_one_group_are_resampled_together() -> None:
    shares = mean_over_shares(NEVER, ALWAYS, np.zeros(6), [0] * 6)
    result = compare_with_baselines(NEVER, ALWAYS, NEVER, shares, ["a", "a", "b", "b", "c", "c"])
    assert result.never.n == 3
    assert (result.never.low, result.never.high) == (None, None)


@pytest.mark.slow
def test_the_interval_of_the_gap_covers_the_true_part_at_the_nominal_rate() -> None:
    """300 studies of 200 prompts: never obeys in 60 %, always in 70 %, and the choice is the oracle's in 60 %."""
    oracle = 1 - 0.4 * 0.3
    true = (0.6 * oracle + 0.4 * 0.6 - 0.7) / (oracle - 0.7)
    generator, covered = np.random.default_rng(5), 0
    for _study in range(300):
        never, always = generator.random(200) < 0.6, generator.random(200) < 0.7
        chosen = np.where(generator.random(200) < 0.6, never | always, never)
        results = [values.astype(float) for values in (never, always, chosen, never)]
        interval = compare_with_baselines(*results, range(200)).recovered
        covered += interval.low <= true <= interval.high  # type: ignore[operator]
    assert 0.91 <= covered / 300 <= 0.98
