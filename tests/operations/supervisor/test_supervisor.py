"""Children are restarted, their output is relayed, and no orphan is left however the supervisor ends."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from annotator.operations.supervisor.child import Command
from annotator.operations.supervisor.supervisor import Supervisor
from tests.paths import REPOSITORY
from tests.processes import eventually

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
SUPERVISOR = """
import os, sys
from annotator.operations.supervisor.child import Command
from annotator.operations.supervisor.supervisor import Supervisor
with Supervisor(report=lambda name, line: print(name, "|", line, flush=True)) as supervisor:
    supervisor.start(Command("pair", ["sh", "-c", "echo $$; sleep 60 & echo $!; wait"]))
    supervisor.run(lambda: None)
"""


def python(name: str, code: str) -> Command:
    return Command(name, [sys.executable, "-c", code])


def alive(pid: int) -> bool:
    """Whether a process of that id runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class ReportLog:
    """A `report` that keeps its lines, and runs the loop until one of them has a text."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def until(self, supervisor: Supervisor, text: str, patience_s: float = 10.0) -> bool:
        def turn() -> bool:
            supervisor.step()
            return any(text in line for _, line in self.lines)

        return eventually(turn, patience_s, every_s=0.02)


def test_lines_of_children_are_passed_on_with_their_name() -> None:
    log = ReportLog()
    with Supervisor(report=log) as supervisor:
        supervisor.start(python("web", "import time; print('listening', flush=True); time.sleep(60)"))
        assert log.until(supervisor, "listening")
    assert ("web", "listening") in log.lines


def test_bytes_that_are_no_text_and_a_last_line_without_an_end_are_heard_too() -> None:
    log = ReportLog()
    with Supervisor(report=log) as supervisor:
        supervisor.start(python("odd", r"import sys; sys.stdout.buffer.write(b'\xff\nlast words')"))
        assert log.until(supervisor, "ended with status 0")
    assert [line for name, line in log.lines if name == "odd"][:2] == ["\ufffd", "last words"]


def test_a_fallen_child_is_started_again_and_said_so() -> None:
    log = ReportLog()
    with Supervisor(report=log) as supervisor:
        supervisor.start(python("worker", "print('born', flush=True); raise SystemExit(3)"))
        assert log.until(supervisor, "ended with status 3; starting it again in 1 s")
        log.lines.clear()
        assert log.until(supervisor, "born")
        assert log.until(supervisor, "starting it again in 2 s")


def test_a_quiet_child_is_heard_only_when_it_falls() -> None:
    log = ReportLog()
    with Supervisor(report=log) as supervisor:
        supervisor.start(Command("valkey", ["sh", "-c", "echo chatter; exec sleep 0.5"], quiet=True))
        assert log.until(supervisor, "ended with status 0")
    assert log.lines[0] == ("valkey", "chatter")
    assert len(log.lines) == 2


def test_leaving_stops_every_child_and_what_it_has_started(tmp_path: Path) -> None:
    log = ReportLog()
    with Supervisor(report=log) as supervisor:
        supervisor.start(Command("pair", ["sh", "-c", "echo $$; sleep 60 & echo $!; echo ready; wait"]))
        assert log.until(supervisor, "ready")
    pids = [int(line) for _, line in log.lines if line.isdigit()]
    assert len(pids) == 2
    assert eventually(lambda: not any(alive(pid) for pid in pids))


def test_a_child_that_ignores_the_request_is_killed_when_patience_ends() -> None:
    log = ReportLog()
    with Supervisor(report=log, grace_s=0.5) as supervisor:
        supervisor.start(python("deaf", STUBBORN))
        assert log.until(supervisor, "deaf")
        began = time.monotonic()
    assert 0.4 < time.monotonic() - began < 5


def test_a_second_signal_does_not_wait_for_the_deaf() -> None:
    code = SUPERVISOR.replace(
        '["sh", "-c", "echo $$; sleep 60 & echo $!; wait"]', repr([sys.executable, "-c", STUBBORN])
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert "deaf" in running.stdout.readline()
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        running.wait(timeout=10)
    assert time.monotonic() - began < 5


def test_a_supervisor_killed_without_warning_leaves_no_orphan() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        pids = [int(running.stdout.readline().split("|")[1]) for _ in range(2)]
        assert all(alive(pid) for pid in pids)
        running.kill()
        running.wait()
        assert eventually(lambda: not any(alive(pid) for pid in pids))


def test_losing_the_terminal_is_a_reason_to_stop() -> None:
    def closed_terminal(name: str, line: str) -> None:
        raise BrokenPipeError

    with Supervisor(report=closed_terminal) as supervisor:
        supervisor.start(python("web", "print('anybody there?', flush=True); import time; time.sleep(60)"))
        supervisor.run(lambda: None)
    assert supervisor.stopping
