"""The share of successes among independent trials, with its interval."""

from statsmodels.stats.proportion import proportion_confint

from annotator.statistics.estimates import Estimate


def wilson_share(right: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """Return `right / n` with the interval of Wilson (1927), JASA 22; no value for `n` = 0."""
    if n == 0:
        return Estimate.missing(0, "not enough data")
    low, high = proportion_confint(right, n, alpha=1 - confidence, method="wilson")
    return Estimate(value=right / n, low=float(low), high=float(high), n=n)
