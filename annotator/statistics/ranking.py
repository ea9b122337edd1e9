"""Area under the ROC curve of two independent groups, with its interval and the rank test.

Does not know what the groups are. The area is the chance that a value of the upper group exceeds one of the lower
group, equal ones counting half: 0.5 where the value says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import mannwhitneyu, norm

from annotator.statistics.estimates import Estimate

FEWEST_FOR_AN_INTERVAL = 4
"""Below so many values in a group its variance is a guess, and the area stands without an interval."""
_JUST = 1e-9  # the observed area is itself a root where it is 0 or 1


@dataclass(frozen=True, slots=True)
class Area:
    """An area with its interval, the two-sided p-value of the hypothesis that it is 0.5, and the sizes of the groups.

    `n` of the estimate counts both groups.
    """

    area: Estimate
    p_value: float | None
    upper: int
    lower: int


def roc_area(upper: Sequence[float], lower: Sequence[float], confidence: float = 0.95) -> Area:
    """Compute the area.

    Interval of Newcombe (2006), Statistics in Medicine 25, method 5: a score interval with Hanley and McNeil's
    variance, which stays within 0 and 1 also where the groups do not overlap. Test of Mann and Whitney (1947), exact
    for small groups without equal values.
    """
    high, low = np.asarray(upper, dtype=float), np.asarray(lower, dtype=float)
    n = len(high) + len(low)
    if not len(high) or not len(low):
        return Area(Estimate.missing(n, "not enough data"), None, len(high), len(low))
    if np.ptp(np.concatenate([high, low])) == 0:
        return Area(Estimate.missing(n, "no variation"), None, len(high), len(low))
    wins = (high[:, None] > low[None, :]) + 0.5 * (high[:, None] == low[None, :])  # (upper, lower)
    area = float(wins.mean())
    p_value = float(mannwhitneyu(high, low, alternative="two-sided").pvalue)
    if min(len(high), len(low)) < FEWEST_FOR_AN_INTERVAL:
        return Area(Estimate(area, None, None, n), p_value, len(high), len(low))
    ends = _interval(area, len(high), len(low), confidence)
    return Area(Estimate(area, *ends, n), p_value, len(high), len(low))


def _interval(area: float, upper: int, lower: int, confidence: float) -> tuple[float, float]:
    """The areas that lie as many of their own standard errors from the observed one as the confidence allows."""
    z = float(norm.ppf(0.5 + confidence / 2))

    def excess(true: float) -> float:
        half = (upper + lower) / 2
        factor = 2 * half - 1 - (3 * half - 3) / ((2 - true) * (1 + true))
        variance = true * (1 - true) * factor / (upper * lower)
        return float(abs(area - true) - z * variance**0.5)

    low = brentq(excess, 0.0, min(area, 1 - _JUST)) if area > 0 else 0.0
    high = brentq(excess, max(area, _JUST), 1.0) if area < 1 else 1.0
    return float(low), float(high)
