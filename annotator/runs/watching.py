"""Progress bar of commands that watch what workers do, until it is over or Ctrl-C leaves it going."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tqdm import tqdm

_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The work at one moment: `state` stands beside the bar, and each of the `notices` is written once."""

    finished: int
    total: int
    state: str
    notices: Iterable[str]
    over: bool


def watch(look: Callable[[], Glimpse], *, title: str, unit: str, goes_on: str) -> None:
    """Show a bar until `look()` says that the work is over; `goes_on` says what Ctrl-C leaves going, as "the run"."""
    seen = look()
    shown: set[str] = set()
    with tqdm(total=seen.total, unit=unit, desc=title) as bar:
        try:
            while True:
                bar.n = seen.finished
                bar.set_postfix_str(seen.state)
                for notice in sorted({*seen.notices} - shown - {""}):
                    shown.add(notice)
                    bar.write(notice)
                if seen.over:
                    return
                time.sleep(_LOOK_EVERY_S)
                seen = look()
        except KeyboardInterrupt:
            bar.write(f"Left watching; {goes_on}. Watch again with the same command.")
