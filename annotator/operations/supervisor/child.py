"""A supervised process: start, output lines, and signals to its whole process group."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_PROCESS_GUARD = Path(__file__).with_name("process_guard.py")
_LAST_LINES = 20
_READ_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and the name it runs under; `environment` is added to the supervisor's own.

    The output of a `quiet` command is reported only when it ends unexpectedly: its last lines.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False


class Child:
    """A running command. Its output pipe never blocks: call `read` when `output` is readable."""

    def __init__(self, command: Command) -> None:
        self.name, self.quiet = command.name, command.quiet
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._partial_line = b""
        # Its own session: a Ctrl-C in the terminal reaches the supervisor alone, which then stops things in order.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_PROCESS_GUARD), *command.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **command.environment},
            start_new_session=True,
        )
        os.set_blocking(self.output.fileno(), False)

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None  # `Popen` was called with PIPE
        return self._process.stdout

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._process.poll()

    def read(self) -> Iterator[str]:
        """Yield the complete lines that have arrived; after the end of the process also a last one without newline."""
        with suppress(BlockingIOError):
            while chunk := os.read(self.output.fileno(), _READ_AT_ONCE):
                self._partial_line += chunk
        *lines, self._partial_line = self._partial_line.split(b"\n")
        if self._partial_line and self.status is not None:
            lines.append(self._partial_line)
            self._partial_line = b""
        for line in lines:
            text = line.decode(errors="replace").rstrip("\r")
            self.last_lines.append(text)
            yield text

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command and to every process it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def close(self) -> None:
        """Kill what is left of the process group and close the pipes."""
        self.signal(signal.SIGKILL)
        self._process.wait()
        self.output.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
