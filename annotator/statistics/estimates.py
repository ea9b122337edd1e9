"""One number with its interval, or the reason why there is none.

Owns the form in which every statistic of this package is handed on. It does not know how any of them is computed.
"""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "not enough data", "no variation"]
Missing = Literal["not enough data", "no variation"]

MINIMUM_CASES = 2
"""Below this many cases a bootstrap over cases has nothing to vary, so no number is given."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the number of cases `n` behind it.

    Where `status` is not "ok" there is no value and no interval: a figure that the data cannot give is never shown
    as 0 or NaN.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    status: Status = "ok"

    @classmethod
    def missing(cls, n: int, status: Missing) -> "Estimate":
        return cls(value=None, low=None, high=None, n=n, status=status)
