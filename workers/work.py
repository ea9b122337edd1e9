"""Worker loop: claims rows, makes a job of each, drives the jobs, stores the results.

Owns the map from jobs to rows, from claim to storage. Knows neither what the rows are (each `Work` does) nor
Celery, and leaves errors of the backend to its caller (`workers.session`).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from annotator.claims import Claimable
from workers.database_outage import outlast_outage
from workers.engine import Backend
from workers.strategies import Job, Result, Waiting, drive

logger = logging.getLogger(__name__)

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

    jobs = _jobs(works, backend.batch_size, under_way, outlasting)
    try:
        for result in drive(backend, jobs, keep_going=keep_going, still_wanted=still_wanted, report=reported):
            work, row = under_way.pop(result.job_id)
            yield outlasting(partial(_store, work, row, result))
            outlasting(partial(work.settle, at_once=False))
    finally:
        for work in works:
            outlasting(partial(work.settle, at_once=True))


def _jobs(
    works: Sequence[Work[Any]],
    batch_size: int,
    under_way: _RowsByJob,
    outlasting: Callable[[Callable[[], Any]], Any],
) -> Iterator[Job]:
    """Claim rows when the backend asks for more: few at first, so that the first cases are soon on screen."""
    limit = max(1, batch_size // 2)
    while claimed := [(work, row) for work in works for row in outlasting(partial(work.claim, limit))]:
        for work, row in claimed:
            if not outlasting(partial(work.is_wanted, row)):
                outlasting(partial(work.release, row))
                continue
            try:
                job = work.job(row)
            except ValueError as error:  # a strategy or parameters that this version does not know
                outlasting(partial(work.fail, row, str(error)))
                continue
            under_way[job.id] = (work, row)
            yield job
        limit = batch_size


def _store(work: Work[Any], row: Claimable, result: Result) -> bool:
    if result.outcome is None:
        work.fail(row, result.error, result)
        return False
    stored = work.store(row, result)
    if not stored:
        logger.warning("%s was claimed by another worker meanwhile; its result is dropped", result.job_id)
    return stored
