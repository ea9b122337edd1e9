"""The Celery task of the workers, and their start and stop. `manage.py start_worker MODEL` starts one."""

import threading
from functools import partial
from typing import Any

import django

from annotator.celery import app

django.setup()

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down  # noqa: E402

from annotator.claims import release_left_behind  # noqa: E402
from annotator.runs.dispatch import WORK  # noqa: E402
from annotator.runs.models import LanguageModel  # noqa: E402
from workers import backend_cache  # noqa: E402
from workers.broker_messages import read_any_message  # noqa: E402
from workers.heartbeat import Heartbeat  # noqa: E402
from workers.session import work_until_idle  # noqa: E402

__all__ = ["app"]

read_any_message()

_stopping = threading.Event()
_busy: set[int] = set()  # the language models that this process works for now
_busy_lock = threading.Lock()
_heartbeats: list[Heartbeat] = []


@app.task(name=WORK, bind=True)
def work(task: Any, language_model_id: int) -> None:
    """Work on the rows that wait for this language model, until none does or the worker is stopped.

    A worker of several models has a thread for each; a second message for a busy one has nothing to add.
    """
    worker = task.request.hostname
    if not _begin(language_model_id, worker):
        return
    try:
        work_until_idle(
            language_model_id=language_model_id,
            worker=worker,
            keep_going=lambda: not _stopping.is_set(),
        )
    finally:
        _busy.discard(language_model_id)


def _begin(language_model_id: int, worker: str) -> bool:
    with _busy_lock:
        if language_model_id in _busy:
            return False
        if not _busy:  # no session holds rows, so that what is held is of one that lost the database
            release_left_behind(worker=worker)
        _busy.add(language_model_id)
        return True


@worker_ready.connect
def _start_heartbeats(sender: Any, **_: Any) -> None:
    """Start a heartbeat for each language model whose queue this worker consumes."""
    queues = {queue.name for queue in sender.task_consumer.queues}
    for model in LanguageModel.objects.all():
        if model.queue in queues:
            heartbeat = Heartbeat(name=sender.hostname, model=model, busy=partial(_busy.__contains__, model.pk))
            heartbeat.start()
            _heartbeats.append(heartbeat)


@worker_shutting_down.connect
def _stop_claiming(**_: Any) -> None:
    _stopping.set()


@worker_shutdown.connect
def _stop_heartbeats(**_: Any) -> None:
    for heartbeat in _heartbeats:
        heartbeat.stop()
    backend_cache.forget()
