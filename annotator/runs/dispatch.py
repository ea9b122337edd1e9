"""Dispatch of tasks to workers: by name, on commit, and from no other module.

A message is a hint that rows wait for a language model. A lost message loses no row: idle workers query the rows every
few seconds (`workers.heartbeat`).
"""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

from annotator.celery import app
from annotator.runs.models import LanguageModel

logger = logging.getLogger(__name__)

WORK = "workers.work"


def wake(language_model: LanguageModel) -> None:
    """Send the workers of this model a message, once the transaction commits, that rows may be waiting."""
    queue, model_id = language_model.queue, language_model.pk
    transaction.on_commit(lambda: _send(queue, model_id))


def _send(queue: str, language_model_id: int) -> None:
    try:
        app.send_task(WORK, args=[language_model_id], queue=queue, expires=3600)
    except OperationalError as error:
        logger.warning("the broker did not take a message for %s (%s); workers find the rows anyway", queue, error)
