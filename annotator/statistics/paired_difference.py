"""Difference of two runs from the counts of their paired results: McNemar's tests and score intervals.

Owns the counts and their formulas. Does not know what an item is: tests and intervals are valid only for independent
items, so pass prompts, not the constraints within them. Every difference is second minus first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from scipy.optimize import brentq
from scipy.stats import binom, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from annotator.statistics.estimates import Estimate, Status

_PRECISION = 1e-14


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Counts of items that both runs got right, only the first, only the second, neither."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def discordant(self) -> int:
        return self.only_first + self.only_second


@dataclass(frozen=True, slots=True)
class McNemar:
    """Result of McNemar's test."""

    only_first: int  # items that only the first run got right
    only_second: int
    n: int  # all items
    p_value: float | None  # two-sided; None unless `status` is "ok"
    status: Status  # "no variation" where no item differs, "not enough data" where there are no items


def mcnemar_exact(counts: PairedCounts) -> McNemar:
    """Test whether both runs get the same share of items right: McNemar (1947), Psychometrika 12, exact form."""
    table = [[0, counts.only_first], [counts.only_second, 0]]  # items on which the runs agree do not enter the test
    return _tested(counts, lambda: float(mcnemar(table, exact=True).pvalue))


def mcnemar_mid_p(counts: PairedCounts) -> McNemar:
    """Test the same, with half the probability of the observed table: Fagerland et al. (2013), BMC Med Res Methodol 13.

    The exact test rejects a true hypothesis more rarely than it may. The mid-p form rejects about as often as it may,
    without going above it in the tables of that paper.
    """
    fewer = min(counts.only_first, counts.only_second)
    return _tested(
        counts,
        lambda: float(2 * binom.cdf(fewer, counts.discordant, 0.5) - binom.pmf(fewer, counts.discordant, 0.5)),
    )


def newcombe_interval(counts: PairedCounts, *, confidence: float = 0.95) -> Estimate:
    """Return the difference with Newcombe's interval: Newcombe (1998), Statistics in Medicine 17, 2635, method 10.

    It squares and adds the Wilson intervals of the two shares, with their correlation.
    """
    if not counts.n:
        return Estimate.missing(0, "not enough data")
    n, first, second = counts.n, counts.both + counts.only_first, counts.both + counts.only_second
    (low_1, high_1), (low_2, high_2) = (
        proportion_confint(right, n, alpha=1 - confidence, method="wilson") for right in (first, second)
    )
    share_1, share_2, phi = first / n, second / n, _correlation(counts)
    difference = share_2 - share_1
    below = _root_of_squares(share_2 - low_2, high_1 - share_1, phi)
    above = _root_of_squares(high_2 - share_2, share_1 - low_1, phi)
    return Estimate(value=difference, low=max(-1.0, difference - below), high=min(1.0, difference + above), n=n)


def tango_interval(counts: PairedCounts, *, confidence: float = 0.95) -> Estimate:
    """Return the difference with Tango's score interval: Tango (1998), Statistics in Medicine 17, 891.

    It holds the differences that the score test does not reject, so 0 is outside where McNemar's asymptotic test
    rejects. It has a width also where no item differs.
    """
    if not counts.n:
        return Estimate.missing(0, "not enough data")
    z = float(norm.ppf((1 + confidence) / 2))
    low = _tango_lower_limit(counts.only_first, counts.only_second, counts.n, z)
    high = -_tango_lower_limit(counts.only_second, counts.only_first, counts.n, z)
    return Estimate(value=(counts.only_second - counts.only_first) / counts.n, low=low, high=high, n=counts.n)


def _tested(counts: PairedCounts, p_value: Callable[[], float]) -> McNemar:
    status: Status = "ok" if counts.discordant else "no variation" if counts.n else "not enough data"
    known = min(1.0, p_value()) if status == "ok" else None
    return McNemar(counts.only_first, counts.only_second, n=counts.n, p_value=known, status=status)


def _correlation(counts: PairedCounts) -> float:
    """Newcombe's phi, with a continuity correction where it is positive; 0 where a margin is empty."""
    first, second, n = counts.both + counts.only_first, counts.both + counts.only_second, counts.n
    margins = first * (n - first) * second * (n - second)
    if not margins:
        return 0.0
    product = counts.both * counts.neither - counts.only_first * counts.only_second
    corrected = max(product - n / 2, 0.0) if product > 0 else float(product)
    return corrected / sqrt(margins)


def _root_of_squares(one: float, other: float, phi: float) -> float:
    return sqrt(max(one**2 + other**2 - 2 * phi * one * other, 0.0))


def _tango_lower_limit(lost: int, gained: int, n: int, z: float) -> float:
    """Return the least difference that the score test does not reject, for (gained - lost) / n."""
    if lost == n:
        return -1.0
    # In these two the variance is 0 at the observed difference, which would be found as a limit that it is not.
    if not lost + gained:
        return -(z**2) / (n + z**2)
    if gained == n:
        return float((n - z**2) / (n + z**2))

    def excess(difference: float) -> float:
        """The squared distance to the observed difference less z squared variances under `difference`; 0 at a limit."""
        slope = (2 * n - gained + lost) * difference - gained - lost
        root = sqrt(max(slope**2 + 8 * n * lost * difference * (1 - difference), 0.0))
        only_lost = (root - slope) / (4 * n)  # the likeliest share of lost items under `difference`
        variance = n * (2 * only_lost + difference * (1 - difference))
        return float((gained - lost - n * difference) ** 2 - z**2 * variance)

    return float(brentq(excess, -1.0, (gained - lost) / n, xtol=_PRECISION, rtol=_PRECISION))
