"""Position bias: whether the answer shown on the left is chosen more often than the one on the right.

Owns the share, its interval and its test. Does not know which answer was on which side.
"""

from dataclasses import dataclass

from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from annotator.statistics.estimates import Estimate


@dataclass(frozen=True, slots=True)
class PositionBias:
    """The share of choices of the left side, and the two-sided p-value of the hypothesis that it is one half."""

    left_share: Estimate
    p_value: float | None


def position_bias(*, left: int, right: int, confidence: float = 0.95) -> PositionBias:
    """Compute the position bias from how often each side was chosen; `n` is `left + right`. Ties are not counted.

    Exact binomial test of 1/2, two-sided; interval of Wilson (1927), JASA 22, as in Newcombe (1998), Statistics in
    Medicine 17, method 3. The side order is random per assignment, so without a bias every choice is an independent
    fair coin, also when several annotators rated the same case: no resampling of cases is needed.
    """
    n = left + right
    if n == 0:
        return PositionBias(left_share=Estimate.missing(0, "not enough data"), p_value=None)
    low, high = proportion_confint(left, n, alpha=1 - confidence, method="wilson")
    share = Estimate(value=left / n, low=float(low), high=float(high), n=n)
    return PositionBias(left_share=share, p_value=float(binomtest(left, n, 0.5).pvalue))
