"""Means of independent values with Student's interval."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t

from annotator.statistics.estimates import CASES_FOR_AN_INTERVAL, Estimate


def mean_estimate(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Return the mean with the interval of Student (1908), Biometrika 6; none below `CASES_FOR_AN_INTERVAL` values."""
    n = len(values)
    if not n:
        return Estimate.missing(0, "not enough data")
    mean = float(np.mean(values))
    if n < CASES_FOR_AN_INTERVAL:
        return Estimate(mean, None, None, n)
    half = float(t.ppf(0.5 + confidence / 2, n - 1) * np.std(values, ddof=1) / n**0.5)
    return Estimate(mean, mean - half, mean + half, n)
