"""The worker loop: which rows are claimed when, beside slow and delayed answers."""

from typing import Any

import pytest

from tests.workers.strategies.test_driver import jobs
from tests.workers.strategies.test_driver_retries import Clock, Served, unavailable
from workers import work
from workers.strategies import drive


class Rows:
    """Work on rows that are names; those of `later` wait from the second 5 on."""

    def __init__(self, clock: Clock, first: list[str], later: list[str]) -> None:
        self.clock, self.waiting, self.later = clock, first, later
        self.begun: dict[str, float] = {}
        self.failed: list[str] = []

    def claim(self, limit: int) -> list[str]:
        if self.clock.now() >= 5:
            self.waiting, self.later = self.waiting + self.later, []
        claimed, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return claimed

    def job(self, row: str) -> Any:
        self.begun[row] = self.clock.now()
        return jobs(row)[0]

    def store(self, row: str, result: Any) -> bool:
        return True

    def fail(self, row: str, sentence: str, result: Any = None) -> None:
        self.failed.append(row)

    def is_wanted(self, row: str) -> bool:
        return True

    def release(self, row: str) -> None: ...

    def settle(self, *, at_once: bool) -> None: ...


def test_rows_that_come_while_others_wait_for_their_server_are_begun_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(work, "drive", lambda *args, **kwargs: drive(*args, **kwargs, now=clock.now, sleep=clock.sleep))
    monkeypatch.setattr(work.time, "monotonic", clock.now)
    rows = Rows(clock, ["poisoned 1", "poisoned 2"], [f"later {number}" for number in range(6)])
    backend = Served(clock, lambda request: unavailable(request) if request.id.startswith("poisoned") else None)
    stored = list(work.run([rows], backend, keep_going=lambda: True))
    assert stored.count(True) == 6
    assert max(time for row, time in rows.begun.items() if row.startswith("later")) < 15
    assert sorted(rows.failed) == ["poisoned 1", "poisoned 2"]
