"""One number with its interval, or the reason why there is none.

Owns the form in which every statistic of this package is handed on. It does not know how any of them is computed.
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "not enough data", "no variation"]
Missing = Literal["not enough data", "no variation"]

MINIMUM_CASES = 2
"""Below this many cases a bootstrap over cases has nothing to vary, so no number is given."""

CASES_FOR_AN_INTERVAL = 4
"""Below this many the value has no interval: three cases can be drawn anew in ten ways only, so that a bootstrap
interval ends at the least and the greatest of the three, whatever is true of other cases."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the number of cases `n` behind it.

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
        return cls(value=None, low=None, high=None, n=n, status=status)
