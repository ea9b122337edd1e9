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
_PROBE_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1}


def wake(language_model: LanguageModel) -> None:
    """Send the workers of this model a message, once the transaction commits, that rows may be waiting."""
    queue, model_id = language_model.queue, language_model.pk
    transaction.on_commit(lambda: _send(queue, model_id))


def broker_answers() -> bool:
    """Whether the broker takes a connection now; waits for it a second at most."""
    try:
        with app.connection_for_write(connect_timeout=1, transport_options=_PROBE_OPTIONS) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
            connection.default_channel.close()
    except _broker_errors():
        return False
    return True


def _broker_errors() -> tuple[type[Exception], ...]:
    """What the library of the broker raises where the broker is away, or was when a kept connection is used again."""
    connection = app.connection_for_write()
    return (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors)


def _send(queue: str, language_model_id: int) -> None:
    try:
        app.send_task(WORK, args=[language_model_id], queue=queue, expires=3600)
    except _broker_errors() as error:
        logger.warning("the broker did not take a message for %s (%s); workers find the rows anyway", queue, error)
