"""Safety limits in processor time: not speed claims (those are benchmarks) but what hostile text may cost at most."""

from collections.abc import Callable
from time import process_time


def quickest_s(work: Callable[[], object], *, enough_s: float, tries: int = 3) -> float:
    """The shortest of up to `tries` runs, in seconds of processor time; the first one below `enough_s` will do.

    A crowded machine costs processor time too (caches, shared cores); it never makes work look quicker than it is.
    """
    shortest = float("inf")
    for _ in range(tries):
        start = process_time()
        work()
        shortest = min(shortest, process_time() - start)
        if shortest < enough_s:
            break
    return shortest
