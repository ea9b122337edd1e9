"""Log of message batches in the database, for the backend of one session.

What was sent outlives the worker. The backend calls it from threads of its own, so that each call closes its
connection. Knows no provider.
"""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from annotator.runs.models import LanguageModel
from annotator.runs.services.message_batches import (
    message_batch_store,
    message_batches_delete,
    message_batches_take,
)
from workers.database_outage import outlast_outage
from workers.engine import Backend, KeepsBatches, SentBatch

logger = logging.getLogger(__name__)


class StoredBatches:
    """The log (`workers.engine.BatchLog`) of the batches of one language model that this session sent or took over."""

    def __init__(self, model: LanguageModel, *, claim: uuid.UUID, worker: str) -> None:
        self._of_model: dict[str, Any] = {"language_model_id": model.pk}
        self._holder: dict[str, Any] = {"claim": claim, "worker": worker}
        self._answered: list[str] = []

    def store(self, batch: SentBatch) -> None:
        """Store a batch; one that cannot be stored is waited for all the same, and lost if this worker dies."""
        try:
            self._on_database(
                lambda: message_batch_store(
                    **self._of_model, **self._holder, batch_id=batch.id, requests=batch.requests
                )
            )
        except (OperationalError, InterfaceError) as error:
            logger.warning("batch %s could not be stored (%s)", batch.id, str(error).strip())

    def take(self) -> Sequence[SentBatch]:
        rows = self._on_database(lambda: message_batches_take(**self._of_model, **self._holder))
        return [SentBatch(row.batch_id, tuple(row.requests)) for row in rows]

    def answered(self, batch_id: str) -> None:
        self._answered.append(batch_id)

    def forget(self, batch_id: str) -> None:
        self._on_database(lambda: message_batches_delete(**self._of_model, batch_ids=[batch_id]))

    def settle(self) -> None:
        """Delete the batches whose answers were all handed out. To be called once what was made of them is stored."""
        message_batches_delete(**self._of_model, batch_ids=self._answered)

    @staticmethod
    def _on_database(step: Callable[[], Any]) -> Any:
        try:
            return outlast_outage(step)
        finally:
            connection.close()


@contextmanager
def batches_logged(
    backend: Backend, model: LanguageModel, *, claim: uuid.UUID, worker: str, keep_going: Callable[[], bool]
) -> Iterator[None]:
    """Log the batches of a backend that sends any, until the block ends.

    After a stop or an error the batches stay in the log: jobs of several steps may have been dropped in the middle.
    """
    if not isinstance(backend, KeepsBatches):
        yield
        return
    log = StoredBatches(model, claim=claim, worker=worker)
    backend.log_batches(log)
    try:
        yield
        if keep_going():
            log.settle()
    finally:
        backend.log_batches(None)
