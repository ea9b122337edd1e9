"""Terminal output of the demo: passwords once, the URL when it answers, generation progress."""

import time
from collections.abc import Callable, Sequence

from django.db import DatabaseError

from annotator.operations.supervisor.ports import page_answers
from annotator.runs.selectors import RunProgress, run_progress
from annotator.studies.services.demo import DemoStudy

_PROGRESS_INTERVAL_S = 10.0
_PAGE = "/"
_NEW_PASSWORD = ".venv/bin/python manage.py reset_password NAME"  # noqa: S105 - a command line


class DemoConsole:
    """Writes lines through `write`. The supervisor's loop calls it, so no method may block for long."""

    def __init__(self, *, host: str, port: int, write: Callable[[str], None]) -> None:
        self._host, self._port, self._write = host, port, write
        self._demo: DemoStudy | None = None
        self._page_open = False
        self._next_progress_at = 0.0
        self._shown_counts: Sequence[tuple[int, int]] = ()

    def child_line(self, name: str, line: str) -> None:
        """Print one output line of a child process, with the name of the child before it."""
        self._write(f"{name:>7} | {line}")

    def show_passwords(self, demo: DemoStudy) -> None:
        """Print the passwords of new accounts. They are stored nowhere, so this runs before anything can fail."""
        self._demo = demo
        for name, password in demo.passwords.items():
            self._write(f"{name:>7}   password  {password}")
        if demo.passwords:
            self._write(f"These passwords are shown this once. For a new one: {_NEW_PASSWORD}")
        else:
            self._write(f"Passwords were shown on the first start. For a new one: {_NEW_PASSWORD}")

    def show_recorded(self, cases: int) -> None:
        """Print how many cases have just come from the recording."""
        if cases:
            self._write(f"{cases} cases wait for you already, from a recorded run; the rest is generated from now on.")

    def update(self) -> None:
        """Print what has changed: the page answers, or more is generated."""
        if not self._page_open and page_answers(self._host, self._port, _PAGE):
            self._page_open = True
            self._write(f"\nOpen http://{self._host}:{self._port}/   (Ctrl-C stops everything, `make demo` goes on)\n")
        if time.monotonic() >= self._next_progress_at:
            self._next_progress_at = time.monotonic() + _PROGRESS_INTERVAL_S
            self._show_progress()

    def show_stopping(self) -> None:
        self._write("Stopping. A batch at hand gets up to 10 s to finish; Ctrl-C again does not wait.")

    def _show_progress(self) -> None:
        assert self._demo is not None  # `show_passwords` comes first
        study = self._demo.study
        try:
            runs = [run_progress(run) for run in (study.first_run, study.second_run)]
        except DatabaseError as error:
            self.child_line("demo", f"the database does not answer: {str(error).strip()}")
            return
        if (counts := [(run.done, run.failed) for run in runs]) != self._shown_counts:
            self._shown_counts = counts
            self.child_line("demo", _progress_line(runs))


def _progress_line(runs: Sequence[RunProgress]) -> str:
    finished, failed, total = (sum(getattr(run, count) for run in runs) for count in ("finished", "failed", "total"))
    line = f"{finished} of {total} generations done"
    if failed:
        line += f", {failed} of them failed (see the run's page)"
    left = [run.seconds_left for run in runs if run.seconds_left is not None and run.finished < run.total]
    if left:
        line += f", about {max(1, round(max(left) / 60))} min left"
    return line
