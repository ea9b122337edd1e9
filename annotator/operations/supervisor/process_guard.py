"""Runs one command in a process group of its own, and kills the group when the supervisor has ended.

Started by file name as `python -I -S process_guard.py COMMAND...`, so it imports nothing of the project. Standard input
is a pipe whose write end only the supervisor has: when the supervisor dies, by SIGKILL too, the pipe ends, and the
guard kills the command and everything it has started. This works wherever there are process groups, unlike Linux's
PR_SET_PDEATHSIG.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType


def main(command: list[str]) -> int:
    """Run `command` and return its exit status as a shell reports it (128 + signal number)."""
    # The whole group gets the signals, and the command decides what they mean. Handlers, unlike SIG_IGN, are not
    # inherited by the command.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


def _ignore(number: int, frame: FrameType | None) -> None:
    pass


def _end_with_supervisor() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
