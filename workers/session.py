"""Worker session: load the model, work until no row waits, and record failures.

Owns the consequences of an error. A model that cannot be loaded is this worker's failure: no row is touched, and the
rows wait for another host. An error while working counts as an attempt of every claimed row, unless the provider
refuses the account. All pause the worker for growing intervals and are shown on the run's page, and so is a server that
answers no request. An orderly stop queues the rows as if never claimed.
"""

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from annotator.claims import release_claims, release_failed
from annotator.runs.models import LanguageModel, Worker
from annotator.runs.services.workers import worker_failed, worker_paused, worker_recovered
from workers import backend_cache
from workers.batch_log import batches_logged
from workers.engine import AccessRefusedError, Backend, EngineError
from workers.generating import Generating
from workers.lease_renewal import renewing_leases
from workers.llm_judge import Judging
from workers.repairing import Repairing
from workers.strategies import Waiting
from workers.tracing import trace_waiting
from workers.work import run

logger = logging.getLogger(__name__)


def work_until_idle(
    *,
    language_model_id: int,
    worker: str,
    keep_going: Callable[[], bool] = lambda: True,
    backend: Backend | None = None,
) -> int:
    """Generate, judge, repair and trace until no row waits for this language model; return the number of rows stored.

    Returns 0 at once while the worker is paused. Errors of the backend are recorded on the worker's row, not raised.
    """
    model = LanguageModel.objects.get(pk=language_model_id)
    if worker_paused(name=worker, queue=model.queue):
        return 0
    backend = backend or _loaded(model, worker)
    return _work(model, worker, backend, keep_going) if backend else 0


def _loaded(model: LanguageModel, worker: str) -> Backend | None:
    try:
        return backend_cache.loaded(model)
    except Exception as error:  # whatever a library raises while loading is this host's failure
        logger.exception("%s cannot load %s", worker, model)
        worker_failed(name=worker, queue=model.queue, stage=Worker.Stage.LOADING, error=error_sentence(error))
        return None


def _work(model: LanguageModel, worker: str, backend: Backend, keep_going: Callable[[], bool]) -> int:
    claim, stored = uuid.uuid4(), 0
    works = (
        Judging(model, backend, claim=claim, worker=worker),
        Generating(model, backend, claim=claim, worker=worker),
        Repairing(model, backend, claim=claim, worker=worker),
    )
    report = _WaitingReport(model, worker)
    try:
        logged = batches_logged(backend, model, claim=claim, worker=worker, keep_going=keep_going)
        with renewing_leases(claim), logged:
            for is_stored in run(works, backend, keep_going=keep_going, report=report):
                stored += is_stored
            report.end()
            for is_stored in trace_waiting(model, backend, claim=claim, worker=worker, keep_going=keep_going):
                stored += is_stored
    except (OperationalError, InterfaceError):  # a failure of the database counts as no attempt
        raise
    except Exception as error:  # whatever a backend raises; the process lives on and shows the reason
        logger.exception("%s failed while working", worker)
        backend_cache.forget(model)
        if not isinstance(error, AccessRefusedError):  # then no row is at fault: they are queued as if never claimed
            release_failed(claim=claim, error=error_sentence(error))
        worker_failed(name=worker, queue=model.queue, stage=Worker.Stage.WORKING, error=error_sentence(error))
    finally:
        _release(claim)
    return stored


class _WaitingReport:
    """Shows on the pages that no request can be sent, and that it is over."""

    def __init__(self, model: LanguageModel, worker: str) -> None:
        self._of_worker: dict[str, Any] = {"name": worker, "queue": model.queue}
        self._waits = False

    def __call__(self, waiting: Waiting | None) -> None:
        self._waits = waiting is not None
        if waiting is None:
            worker_recovered(**self._of_worker)
        else:
            stage = Worker.Stage.WORKING
            worker_failed(**self._of_worker, stage=stage, error=waiting.sentence, pause_s=waiting.delay_s)

    def end(self) -> None:
        """End a wait without an answer: the run was cancelled, or the last row failed."""
        if self._waits:
            self(None)


def _release(claim: uuid.UUID) -> None:
    """Queue what is left under the claim; without a database, the worker's next task does (`release_left_behind`)."""
    try:
        release_claims(claim=claim)
    except (OperationalError, InterfaceError) as error:
        logger.warning("the claims could not be released (%s)", str(error).strip())
        connection.close()


def error_sentence(error: Exception) -> str:
    """Return the error as people read it: an engine error is a sentence already, others need their class name."""
    return str(error) if isinstance(error, EngineError) else f"{type(error).__name__}: {error}"
