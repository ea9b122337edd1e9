"""Tests of the paired difference: published examples, equality with evalstats, coverage of the intervals."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from annotator.statistics.estimates import Estimate
from annotator.statistics.paired import paired_counts
from annotator.statistics.paired_difference import (
    McNemar,
    PairedCounts,
    mcnemar_exact,
    mcnemar_mid_p,
    newcombe_interval,
    tango_interval,
)
from tests.paths import needs_shared_data
from tests.statistics.reference_values import FILE, obeyed_prompts

STORED = json.loads(FILE.read_text())
REFERENCE = STORED["paired"] + STORED["real"]
AIRWAYS = PairedCounts(1, 1, 7, 12)  # Fagerland, Lydersen and Laake (2014): airway hyper-responsiveness of 21 children
TUBERCLE = PairedCounts(20, 12, 2, 16)  # Armitage and Berry (1994), p. 127
counts = st.builds(PairedCounts, *[st.integers(0, 40)] * 4)
some_counts = counts.filter(lambda table: table.n > 0)


@pytest.mark.parametrize(("table", "p_value", "digits"), [(TUBERCLE, 0.0129, 4), (AIRWAYS, 0.070, 3)])
def test_mcnemars_exact_p_value_is_the_printed_one(table: PairedCounts, p_value: float, digits: int) -> None:
    test = mcnemar_exact(table)

    assert round(test.p_value, digits) == p_value
    assert (test.only_first, test.only_second, test.n) == (table.only_first, table.only_second, table.n)
    assert test.status == "ok"


def test_mid_p_and_both_intervals_are_the_printed_ones() -> None:
    """Fagerland et al. (2014), Statistics in Medicine 33, 2850; the signs are those of second minus first."""
    newcombe, tango = newcombe_interval(AIRWAYS), tango_interval(AIRWAYS)

    assert round(mcnemar_mid_p(AIRWAYS).p_value, 3) == 0.039
    assert (round(newcombe.low, 3), round(newcombe.high, 3)) == (0.026, 0.507)
    assert (round(tango.low, 3), round(tango.high, 3)) == (0.026, 0.517)


def test_newcombes_interval_is_that_of_his_own_example() -> None:
    """Newcombe (1998), Statistics in Medicine 17, 2635, method 10 on its first table."""
    interval = newcombe_interval(PairedCounts(36, 2, 12, 0))
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.0569, 0.3404)


@pytest.mark.parametrize("row", REFERENCE, ids=lambda row: f"{row['table']} {row['alpha']}")
def test_intervals_and_mid_p_are_those_of_evalstats(row: dict) -> None:
    table, confidence = PairedCounts(*row["table"]), 1 - row["alpha"]
    for interval, expected in ((newcombe_interval, row["newcombe"]), (tango_interval, row["tango"])):
        estimate = interval(table, confidence=confidence)
        assert [estimate.low, estimate.high] == pytest.approx(expected, abs=1e-9)
    if table.discordant:
        assert mcnemar_mid_p(table).p_value == pytest.approx(row["mid_p"], abs=1e-9)


@needs_shared_data
def test_the_real_response_sets_have_the_tables_whose_values_are_stored() -> None:
    obeyed = {model: obeyed_prompts(model) for row in STORED["real"] for model in row["models"]}
    assert len(obeyed) == 6
    for row in STORED["real"]:
        first, second = (obeyed[model] for model in row["models"])
        table = paired_counts(first, second)
        assert [table.both, table.only_first, table.only_second, table.neither] == row["table"]
        assert table.n == 541


@pytest.mark.parametrize("row", STORED["real"], ids=lambda row: " ".join(row["models"]))
def test_the_exact_p_value_of_real_runs_is_scipys(row: dict) -> None:
    table = PairedCounts(*row["table"])
    expected = binomtest(table.only_second, table.discordant).pvalue
    assert mcnemar_exact(table).p_value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("test", [mcnemar_exact, mcnemar_mid_p])
def test_no_difference_and_no_items_are_no_p_value(test) -> None:
    assert test(PairedCounts(3, 0, 0, 2)) == McNemar(0, 0, n=5, p_value=None, status="no variation")
    assert test(PairedCounts(0, 0, 0, 0)) == McNemar(0, 0, n=0, p_value=None, status="not enough data")


@pytest.mark.parametrize("interval", [newcombe_interval, tango_interval])
def test_no_items_are_not_enough_data(interval) -> None:
    assert interval(PairedCounts(0, 0, 0, 0)) == Estimate.missing(0, "not enough data")


@pytest.mark.parametrize("interval", [newcombe_interval, tango_interval])
def test_runs_that_never_differ_still_leave_a_difference_open(interval) -> None:
    estimate = interval(PairedCounts(20, 0, 0, 20))
    assert estimate.value == 0
    assert estimate.low == pytest.approx(-estimate.high)
    assert estimate.high > 0.02


def test_differences_in_one_direction_as_in_the_other_are_no_evidence() -> None:
    even = PairedCounts(0, 4, 4, 0)
    assert mcnemar_exact(even).p_value == 1
    assert mcnemar_mid_p(even).p_value == pytest.approx(1)


@settings(max_examples=50, deadline=None)
@given(counts)
def test_the_mid_p_value_is_never_above_the_exact_one(table: PairedCounts) -> None:
    exact, mid = mcnemar_exact(table).p_value, mcnemar_mid_p(table).p_value
    assert (exact is None) == (mid is None)
    assert exact is None or 0 < mid <= exact <= 1


@settings(max_examples=50, deadline=None)
@given(some_counts)
def test_an_interval_holds_the_difference_and_turns_round_with_the_runs(table: PairedCounts) -> None:
    turned = PairedCounts(table.both, table.only_second, table.only_first, table.neither)
    for interval in (newcombe_interval, tango_interval):
        estimate, other = interval(table), interval(turned)
        assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert (other.low, other.high) == pytest.approx((-estimate.high, -estimate.low), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(some_counts.filter(lambda table: table.discordant > 0))
def test_tangos_interval_leaves_out_0_where_mcnemars_asymptotic_test_rejects(table: PairedCounts) -> None:
    statistic = (table.only_second - table.only_first) ** 2 / table.discordant
    estimate = tango_interval(table)
    assert (statistic > 1.959963984540054**2) == (estimate.low > 0 or estimate.high < 0)


@pytest.mark.parametrize("shares", [(0.5, 0.15, 0.05, 0.3), (0.85, 0.08, 0.02, 0.05), (0.3, 0.2, 0.2, 0.3)])
@pytest.mark.parametrize("interval", [newcombe_interval, tango_interval])
def test_intervals_cover_the_true_difference_at_the_nominal_rate(interval, shares: tuple[float, ...]) -> None:
    drawn, times = np.unique(np.random.default_rng(0).multinomial(57, shares, size=600), axis=0, return_counts=True)
    estimates = [interval(PairedCounts(*map(int, table))) for table in drawn]
    covered = [estimate.low <= shares[2] - shares[1] <= estimate.high for estimate in estimates]
    assert 0.93 <= np.average(covered, weights=times) <= 0.99
