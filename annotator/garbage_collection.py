"""Rarer garbage collection, for processes that make rows by the million.

Rows make no reference cycles and go when they are written. Python's collector looks for cycles after every 700 new
containers all the same, which was about a sixth of a snapshot's processor time (`docs/benchmarks.md`). The setting is
that of the whole process: this is for commands, not for a web process, whose threads would set it at the same time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_CONTAINERS = 100_000  # more than a chunk of rows has


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the collector run after 100,000 new containers instead of 700."""
    before = gc.get_threshold()
    gc.set_threshold(_NEW_CONTAINERS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
