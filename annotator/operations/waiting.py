"""Waiting for work of the workers, with a line of progress now and then and the time that is left."""

import time
from collections.abc import Callable

_LOOK_EVERY_S, _LINE_EVERY_S = 2.0, 15.0


def wait_until_done(
    name: str,
    progress: Callable[[], tuple[int, int]],
    write: Callable[[str], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Return when `progress`, which counts (finished, total), has finished all. The time left is by the rate so far."""
    finished, total = progress()
    began_at, began_with, line_at = clock(), finished, clock() + _LINE_EVERY_S
    while finished < total:
        sleep(_LOOK_EVERY_S)
        finished, total = progress()
        if clock() >= line_at and finished < total:
            line_at = clock() + _LINE_EVERY_S
            write(f"{name}: {finished} of {total}{_left(finished - began_with, total - finished, clock() - began_at)}")


def _left(made: int, missing: int, seconds: float) -> str:
    if not made:
        return ""
    return f", about {max(1, round(seconds * missing / made / 60))} min left"
