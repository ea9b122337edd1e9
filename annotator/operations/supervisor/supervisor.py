"""The supervisor loop: starts children, relays output, restarts crashed ones, stops all together.

One thread, one loop: nothing here waits for anything but the next event. A signal only sets a flag, so that no child
can slip away between being started and being known.
"""

import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from annotator.operations.supervisor.child import Child, Command

_TICK_S = 0.2
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_STEADY_AFTER_S = 60.0
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class _Place:
    """A command's place in the supervisor: the child that fills it, or when to start the next one."""

    command: Command
    child: Child | None = None
    started_at: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    start_at: float = 0.0


class Supervisor:
    """Use as a context manager: leaving it stops every child, whatever the reason.

    `say` gets each line with the name of the child that it comes from or is about.
    """

    def __init__(self, *, say: Callable[[str, str], None], grace_s: float = 10.0) -> None:
        self.stopping = False
        self._hurry = False
        self._grace_s = grace_s
        self._say = say
        self._places: dict[str, _Place] = {}
        self._selector = selectors.DefaultSelector()
        self._handlers_before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Supervisor":
        for number in _STOPPING_SIGNALS:
            self._handlers_before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *error: object) -> None:
        self._stop_all()
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        self._selector.close()

    def start(self, command: Command) -> None:
        """Start a command, and keep it running until the end."""
        place = self._places[command.name] = _Place(command)
        self._start(place)

    def stop(self) -> None:
        """Let `run` return; leaving the context then stops the children."""
        self.stopping = True

    def run(self, tick: Callable[[], None]) -> None:
        """Go on until told to stop; `tick` is called a few times a second and must be quick."""
        while not self.stopping:
            self.step()
            tick()

    def step(self) -> None:
        """Wait a moment for something to happen, and deal with it."""
        self._pass_on(_TICK_S)
        for place in self._places.values():
            if place.child is None:
                if time.monotonic() >= place.start_at:
                    self._start(place)
            elif place.child.status is not None:
                self._fell(place, place.child)

    def _start(self, place: _Place) -> None:
        place.child = Child(place.command)
        place.started_at = time.monotonic()
        self._selector.register(place.child.output, selectors.EVENT_READ, place.child)

    def _fell(self, place: _Place, child: Child) -> None:
        """Say so, and plan the next start: a little later each time, unless it had run steadily."""
        self._forget(place, child)
        if child.quiet:
            for line in child.last_lines:
                self._tell(child.name, line)
        steady = time.monotonic() - place.started_at > _STEADY_AFTER_S
        pause_s = _FIRST_PAUSE_S if steady else place.pause_s
        place.pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        place.start_at = time.monotonic() + pause_s
        self._tell(child.name, f"ended with status {child.status}; starting it again in {pause_s:.0f} s")

    def _pass_on(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            self._hear(key.data)
            if key.data.status is not None:
                # Its end of the pipe is closed and would be "readable" for ever.
                self._selector.unregister(key.fileobj)

    def _forget(self, place: _Place, child: Child) -> None:
        if child.output in {key.fileobj for key in self._selector.get_map().values()}:
            self._selector.unregister(child.output)
        self._hear(child)
        child.close()
        place.child = None

    def _stop_all(self) -> None:
        """The last one started stops first. Whoever is not done when patience or a second signal ends it, is killed."""
        self.stopping = True
        deadline = time.monotonic() + self._grace_s
        for place in reversed(self._places.values()):
            if place.child is not None:
                place.child.signal(signal.SIGTERM)
                while place.child.status is None and time.monotonic() < deadline and not self._hurry:
                    self._pass_on(_TICK_S)
                self._forget(place, place.child)

    def _hear(self, child: Child) -> None:
        for line in child.read():
            if not child.quiet:
                self._tell(child.name, line)

    def _tell(self, name: str, line: str) -> None:
        try:
            self._say(name, line)
        except OSError:
            # Nobody can read us any more (the terminal or the pipe is closed): that is a reason to stop.
            self.stopping = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._hurry = self.stopping
        self.stopping = True
