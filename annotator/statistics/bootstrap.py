"""Percentile bootstrap over cases, for statistics that are a function of sums over cases.

Owns resampling and its seed. Does not know which statistic it computes: the caller passes the terms that each case adds
to the sums (`parts`) and the formula from the sums to the value, so that a resample is one row of a matrix product.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.statistics.estimates import CASES_FOR_AN_INTERVAL, MINIMUM_CASES, Estimate

Floats = NDArray[np.float64]

Formula = Callable[[Floats], Floats]
"""Sums over cases (..., parts) -> values (...), NaN where the sums do not determine one."""

FEWEST_RESAMPLES = 100
RESAMPLES_AT_ONCE = 100  # bounds memory: this many weights per distinct case


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Settings of the bootstrap: the percentile interval of Efron and Tibshirani (1993), chapter 13.

    Cases are drawn with replacement, each with all its ratings, since the ratings of one case depend on each
    other. The same data, seed and sizes give the same interval, whatever the order of the cases.
    """

    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.resamples < FEWEST_RESAMPLES:
            raise ValueError(
                f"{self.resamples} resamples are too few for an interval; ask for {FEWEST_RESAMPLES} or more"
            )
        if not 0 < self.confidence < 1:
            raise ValueError(f"the confidence {self.confidence} is not between 0 and 1; 0.95 is usual")

    def estimate(
        self, parts: Floats, formula: Formula, *, n: int | None = None, library: Callable[[], float] | None = None
    ) -> Estimate:
        """Compute the statistic of all cases and, from `CASES_FOR_AN_INTERVAL` cases on, its interval.

        `parts` is (cases, parts). `n` is the number that the estimate counts, where that is not the cases: those that
        enter the statistic, or the constraints within them. Rows of `parts` are what is resampled, so that too few of
        them have no interval, however many constraints they hold.
        `library` computes the value by a library that has the statistic; the formula is then used for resamples only.
        """
        n = len(parts) if n is None else n
        if n < MINIMUM_CASES:
            return Estimate.missing(n, "not enough data")
        # Cases with equal parts are drawn together: 10,000 cases of five ratings have few distinct rows.
        distinct, repeats = np.unique(parts, axis=0, return_counts=True)
        value = float(formula(repeats @ distinct))
        if np.isnan(value):
            return Estimate.missing(n, "no variation")
        value = library() if library else value
        if min(n, len(parts)) < CASES_FOR_AN_INTERVAL:
            return Estimate(value=value, low=None, high=None, n=n)
        low, high = self._interval(distinct, repeats, formula)
        return Estimate(value=value, low=low, high=high, n=n)

    def _interval(self, distinct: Floats, repeats: NDArray[np.int64], formula: Formula) -> tuple[float, float]:
        """Return the percentile interval, without resamples in which the statistic is undefined (all ratings equal)."""
        values = np.concatenate([formula(weights @ distinct) for weights in self._weights(repeats)])
        tail = 50 * (1 - self.confidence)
        low, high = np.percentile(values[~np.isnan(values)], [tail, 100 - tail])
        return float(low), float(high)

    def _weights(self, repeats: NDArray[np.int64]) -> Iterator[Floats]:
        """Yield how often each resample contains each distinct case, in blocks of (resamples, distinct cases).

        Drawing as many cases with replacement as there are is one multinomial draw of the distinct ones.
        """
        cases = repeats.sum()
        generator = np.random.default_rng(self.seed)
        for start in range(0, self.resamples, RESAMPLES_AT_ONCE):
            block = min(RESAMPLES_AT_ONCE, self.resamples - start)
            yield generator.multinomial(cases, repeats / cases, size=block).astype(float)


DEFAULT = Bootstrap()
"""1,000 resamples, 95 %, seed 0."""


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide elementwise, with broadcasting; NaN where the denominator is 0."""
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def mean(sums: Floats) -> Floats:
    """Formula of a weighted mean; the first two parts are weight * value and weight."""
    return ratio(sums[..., 0], sums[..., 1])
