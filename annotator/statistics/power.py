"""Power of a paired comparison: the smallest difference that so many items can show."""

from typing import cast

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from annotator.statistics.bootstrap import Floats

ALPHA = 0.05
POWER = 0.8
_NONE = 1e-12
"""A smaller share is none: near the smallest numbers scipy's binomial overflows."""


def detectable_difference(
    n: int, *, discordant_share: float, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """Return the smallest true difference of two shares that McNemar's exact test shows with probability `power`.

    `discordant_share` is the share of items on which the runs differ, a difference never being larger than it: where a
    difference needs more of them than that, all of them are taken to go one way. None where so few items can show no
    difference at all: fewer than six differing items are never significant at 5 %.
    """
    if not 0 <= discordant_share <= 1:
        raise ValueError(f"the share {discordant_share} of differing items is not between 0 and 1")
    if n < 1:
        return None
    rejected = _most_rejected(n, alpha)

    def missing(difference: float) -> float:
        return power - _power(n, rejected, max(discordant_share, difference), difference)

    # Without a difference the power is alpha at most.
    return None if missing(1.0) > 0 else float(brentq(missing, 0.0, 1.0, xtol=1e-9))


def exact_power(n: int, *, discordant_share: float, difference: float, alpha: float = ALPHA) -> float:
    """Return the probability that McNemar's exact test on `n` items rejects.

    The number of differing items is binomial, and given it the smaller side too: Duffy (1984), Biometrics 40, 1005.
    """
    if not abs(difference) <= discordant_share <= 1:
        raise ValueError(f"a difference of {difference} needs a share of differing items between it and 1")
    return _power(n, _most_rejected(n, alpha), discordant_share, abs(difference))


def _most_rejected(n: int, alpha: float) -> Floats:
    """Return for 0 to n differing items the largest smaller side that the exact test rejects, -1 for none."""
    differing = np.arange(n + 1)
    most = binom.ppf(alpha / 2, differing, 0.5)
    # ppf is the first count that reaches alpha / 2: rejected itself only where it does not exceed it.
    above = binom.cdf(most, differing, 0.5) > alpha / 2
    return cast(Floats, most - above)


def _power(n: int, rejected: Floats, discordant_share: float, difference: float) -> float:
    if discordant_share < _NONE:
        return 0.0
    differing = np.arange(n + 1)
    of_first = (discordant_share - difference) / (2 * discordant_share)
    rejects = binom.cdf(rejected, differing, of_first) + binom.cdf(rejected, differing, 1 - of_first)
    return float(binom.pmf(differing, n, discordant_share) @ rejects)
