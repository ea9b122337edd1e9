"""Estimates: a value with its interval, or the reason why there is none.

Owns the result type of every statistic of this package. Does not know how any of them is computed.
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "not enough data", "no variation"]
Missing = Literal["not enough data", "no variation"]

MINIMUM_CASES = 2
"""Below this many cases a bootstrap over cases has nothing to vary, so there is no value."""

CASES_FOR_AN_INTERVAL = 4
"""Below this many cases a value has no interval: three cases have only ten different resamples, so a bootstrap interval
would end at the least and the greatest of the three, whatever is true of other cases."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the number of cases `n` that it is computed from.

    Where `status` is not "ok" there is no value and no interval: a figure that the data cannot give is never shown
    as 0 or NaN. A value may stand without an interval: `low` and `high` are then None.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    status: Status = "ok"

    @classmethod
    def missing(cls, n: int, status: Missing) -> "Estimate":
        """Return an estimate without a value, for the reason `status`."""
        return cls(value=None, low=None, high=None, n=n, status=status)
