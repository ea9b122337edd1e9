"""The supervisor loop: starts children, relays output, restarts crashed ones, stops all together.

One thread and one loop, which waits only for the next event. A signal only sets a flag, so that no child can be started
without being recorded.
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
class _Supervised:
    """A command with its running child, or with the time at which to start it again."""

    command: Command
    child: Child | None = None
    started_at: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    start_at: float = 0.0


class Supervisor:
    """Runs commands until stopped. Use as a context manager: leaving it stops every child, whatever the reason.

    `report(name, line)` gets each output line of a child, and the supervisor's own lines about it. After a stop signal
    the children have `grace_s` seconds, all together, before they are killed.
    """

    def __init__(self, *, report: Callable[[str, str], None], grace_s: float = 10.0) -> None:
        self.stopping = False
        self._kill_now = False
        self._grace_s = grace_s
        self._report_line = report
        self._supervised: dict[str, _Supervised] = {}
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
        """Start a command, and start it again whenever it ends."""
        entry = self._supervised[command.name] = _Supervised(command)
        self._start(entry)

    def stop(self) -> None:
        """Let `run` return; leaving the context then stops the children."""
        self.stopping = True

    def run(self, tick: Callable[[], None]) -> None:
        """Run until a stop signal or `stop()`. `tick` is called a few times a second and must be quick."""
        while not self.stopping:
            self.step()
            tick()

    def step(self) -> None:
        """Wait at most `_TICK_S` for output, relay it, and restart children that are due."""
        self._relay(_TICK_S)
        for entry in self._supervised.values():
            if entry.child is None:
                if time.monotonic() >= entry.start_at:
                    self._start(entry)
            elif entry.child.status is not None:
                self._plan_restart(entry, entry.child)

    def _start(self, entry: _Supervised) -> None:
        entry.child = Child(entry.command)
        entry.started_at = time.monotonic()
        self._selector.register(entry.child.output, selectors.EVENT_READ, entry.child)

    def _plan_restart(self, entry: _Supervised, child: Child) -> None:
        """Report the end of a child and schedule its restart; the pause doubles unless the child ran steadily."""
        self._close(entry, child)
        if child.quiet:
            for line in child.last_lines:
                self._report(child.name, line)
        steady = time.monotonic() - entry.started_at > _STEADY_AFTER_S
        pause_s = _FIRST_PAUSE_S if steady else entry.pause_s
        entry.pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        entry.start_at = time.monotonic() + pause_s
        self._report(child.name, f"ended with status {child.status}; starting it again in {pause_s:.0f} s")

    def _relay(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            self._read(key.data)
            if key.data.status is not None:
                # Its end of the pipe is closed and would be "readable" for ever.
                self._selector.unregister(key.fileobj)

    def _close(self, entry: _Supervised, child: Child) -> None:
        if child.output in {key.fileobj for key in self._selector.get_map().values()}:
            self._selector.unregister(child.output)
        self._read(child)
        child.close()
        entry.child = None

    def _stop_all(self) -> None:
        """Stop the children in the reverse order of their start; kill those left after the grace or a second signal."""
        self.stopping = True
        deadline = time.monotonic() + self._grace_s
        for entry in reversed(self._supervised.values()):
            if entry.child is not None:
                entry.child.signal(signal.SIGTERM)
                while entry.child.status is None and time.monotonic() < deadline and not self._kill_now:
                    self._relay(_TICK_S)
                self._close(entry, entry.child)

    def _read(self, child: Child) -> None:
        for line in child.read():
            if not child.quiet:
                self._report(child.name, line)

    def _report(self, name: str, line: str) -> None:
        try:
            self._report_line(name, line)
        except OSError:
            # The terminal or the pipe is closed: nobody can see or stop the children any more.
            self.stopping = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._kill_now = self.stopping
        self.stopping = True
