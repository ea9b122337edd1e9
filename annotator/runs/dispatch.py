"""The only place that sends a task: by name, on commit.

A message is a hint that rows wait for a language model. Losing one loses nothing: workers look at the rows on their
own every few seconds (`workers.heartbeat`).
"""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

from annotator.celery import app
from annotator.runs.models import LanguageModel

logger = logging.getLogger(__name__)

WORK = "workers.work"


def wake(language_model: LanguageModel) -> None:
    """Tell the workers of this model, once the surrounding transaction is committed, that rows may be waiting."""
    queue, model_id = language_model.queue, language_model.pk
    transaction.on_commit(lambda: _send(queue, model_id))


def _send(queue: str, language_model_id: int) -> None:
    try:
        app.send_task(WORK, args=[language_model_id], queue=queue, expires=3600)
    except OperationalError as error:
        logger.warning("the broker did not take a message for %s (%s); workers find the rows anyway", queue, error)
