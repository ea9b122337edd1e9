"""A limit on the processor time that checking may take in this thread, for code that serves a request.

Counts the time of the thread, as the clock of regular expressions does: a verdict must not depend on how busy the
machine is. Without a budget there is no limit. Knows no constraint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import thread_time

_deadline: ContextVar[float] = ContextVar("checking_deadline", default=inf)


class TimeIsUpError(Exception):
    """Raised where the budget is used up while an argument is read."""


@contextmanager
def time_budget(seconds: float) -> Iterator[None]:
    """Limit what is checked inside to `seconds` of this thread's processor time."""
    token = _deadline.set(min(_deadline.get(), thread_time() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float:
    """Return what is left of the budget, possibly less than nothing; infinity without one."""
    deadline = _deadline.get()
    return inf if deadline == inf else deadline - thread_time()  # reading the clock is dear on some machines


def require_time() -> None:
    """Raise `TimeIsUpError` where the budget is used up."""
    if seconds_left() <= 0:
        raise TimeIsUpError
