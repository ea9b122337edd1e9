"""Worker loop: claims rows, makes a job of each, drives the jobs, stores the results.

Owns the map from jobs to rows, from claim to storage. Knows neither what the rows are (each `Work` does) nor
Celery, and leaves errors of the backend to its caller (`workers.session`).
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from annotator.claims import Claimable
from workers.database_outage import outlast_outage
from workers.engine import Backend
from workers.strategies import Job, Result, Waiting, drive

logger = logging.getLogger(__name__)

_NONE_KEPT_S = 5.0
"""How long a look for waiting rows that found none is relied on."""

Row = TypeVar("Row", bound=Claimable)
T = TypeVar("T")


class Work(Protocol[Row]):
    """One kind of claimable row that a language model works on."""

    def claim(self, limit: int) -> Sequence[Row]:
        """Claim up to `limit` waiting rows; returns none when no row waits."""
        ...

    def job(self, row: Row) -> Job:
        """Return the job of a claimed row, its id unique among all kinds of work. Raises ValueError if it has none."""
        ...

    def store(self, row: Row, result: Result) -> bool:
        """Store a result that has an outcome; False if the row has another claim by now."""
        ...

    def fail(self, row: Row, sentence: str, result: Result | None = None) -> None:
        """Fail this row alone, for the reason in `sentence`; `result` holds the model calls, if any was made."""
        ...

    def is_wanted(self, row: Row) -> bool:
        """Whether a claimed row is still to be begun or tried again: its run may have been paused or cancelled."""
        ...

    def release(self, row: Row) -> None:
        """Queue a claimed row without an answer yet, as if never claimed."""
        ...

    def settle(self, *, at_once: bool) -> None:
        """Update the cases that stored rows concern: with `at_once` now, else at most every few seconds."""
        ...


_RowsByJob = dict[str, tuple[Work[Any], Claimable]]


def run(
    works: Sequence[Work[Any]],
    backend: Backend,
    *,
    keep_going: Callable[[], bool],
    report: Callable[[Waiting | None], None] = lambda waiting: None,
) -> Iterator[bool]:
    """Work until no row waits or `keep_going()` is false; yield for each finished row whether it was stored.

    All kinds of work share the backend's batch. `report` is that of `drive`. The caller releases the rows that are
    unfinished at the end.
    """
    under_way: _RowsByJob = {}

    def outlasting(step: Callable[[], T]) -> T:
        return outlast_outage(step, keep_going=keep_going)

    def still_wanted(job_id: str) -> bool:
        work, row = under_way[job_id]
        if outlasting(partial(work.is_wanted, row)):
            return True
        outlasting(partial(work.release, row))
        del under_way[job_id]
        return False

    def reported(waiting: Waiting | None) -> None:
        outlasting(partial(report, waiting))

    jobs = _Jobs(works, backend.batch_size, under_way, outlasting)
    try:
        for result in drive(backend, jobs, keep_going=keep_going, still_wanted=still_wanted, report=reported):
            work, row = under_way.pop(result.job_id)
            yield outlasting(partial(_store, work, row, result))
            outlasting(partial(work.settle, at_once=False))
    finally:
        for work in works:
            outlasting(partial(work.settle, at_once=True))


class _Jobs(Iterator[Job]):
    """The jobs of rows that are claimed when the backend asks for more: few at first, for early cases on screen.

    It ends where no row waits, and goes on later where one does: another run may begin while slow answers are awaited.
    """

    def __init__(
        self,
        works: Sequence[Work[Any]],
        batch_size: int,
        under_way: _RowsByJob,
        outlasting: Callable[[Callable[[], Any]], Any],
    ) -> None:
        self._works, self._batch_size, self._under_way, self._outlasting = works, batch_size, under_way, outlasting
        self._claimed: deque[tuple[Work[Any], Claimable]] = deque()
        self._limit = max(1, batch_size // 2)
        self._none_at = -math.inf

    def __next__(self) -> Job:
        while self._claimed or self._claim():
            work, row = self._claimed.popleft()
            if job := self._job(work, row):
                self._under_way[job.id] = (work, row)
                return job
        raise StopIteration

    def _claim(self) -> bool:
        """Claim rows; whether any waits, by a look of the last `_NONE_KEPT_S` where none did."""
        if time.monotonic() - self._none_at < _NONE_KEPT_S:
            return False
        for work in self._works:
            self._claimed.extend((work, row) for row in self._outlasting(partial(work.claim, self._limit)))
        self._limit = self._batch_size
        if not self._claimed:
            self._none_at = time.monotonic()
        return bool(self._claimed)

    def _job(self, work: Work[Any], row: Claimable) -> Job | None:
        if not self._outlasting(partial(work.is_wanted, row)):
            self._outlasting(partial(work.release, row))
            return None
        try:
            return work.job(row)
        except ValueError as error:  # a strategy or parameters that this version does not know
            self._outlasting(partial(work.fail, row, str(error)))
            return None


def _store(work: Work[Any], row: Claimable, result: Result) -> bool:
    if result.outcome is None:
        work.fail(row, result.error, result)
        return False
    stored = work.store(row, result)
    if not stored:
        logger.warning("%s was claimed by another worker meanwhile; its result is dropped", result.job_id)
    return stored
