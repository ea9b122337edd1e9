"""The Celery tasks and the worker's start and stop. Start one with `manage.py start_worker MODEL`."""

import threading
from collections.abc import Callable
from typing import Any

import django

from annotator.celery import app

django.setup()

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down  # noqa: E402

from annotator.claims import release_worker  # noqa: E402
from annotator.runs.dispatch import GENERATE, JUDGE  # noqa: E402
from annotator.runs.models import LanguageModel  # noqa: E402
from workers import jobs, judging  # noqa: E402
from workers.presence import Presence  # noqa: E402

__all__ = ["app"]

_stopping = threading.Event()
_busy = threading.Event()
_presences: list[Presence] = []


@app.task(name=GENERATE, bind=True)
def generate(task: Any, language_model_id: int) -> None:
    _work(jobs.generate, task, language_model_id)


@app.task(name=JUDGE, bind=True)
def judge(task: Any, language_model_id: int) -> None:
    _work(judging.judge, task, language_model_id)


def _work(job: Callable[..., int], task: Any, language_model_id: int) -> None:
    """Run the job until nothing waits or the worker is told to stop."""
    _busy.set()
    try:
        job(
            language_model_id=language_model_id,
            worker=task.request.hostname,
            keep_going=lambda: not _stopping.is_set(),
        )
    finally:
        _busy.clear()


@worker_ready.connect
def _arrive(sender: Any, **_: Any) -> None:
    """Free what a killed earlier life of this worker held, and begin to give signs of life for each queue."""
    name = sender.hostname
    release_worker(worker=name)
    queues = {queue.name for queue in sender.task_consumer.queues}
    for model in LanguageModel.objects.all():
        if model.queue in queues:
            presence = Presence(name=f"{name}/{model.slug}", model=model, busy=_busy.is_set)
            presence.start()
            _presences.append(presence)


@worker_shutting_down.connect
def _stop_claiming(**_: Any) -> None:
    _stopping.set()


@worker_shutdown.connect
def _leave(**_: Any) -> None:
    for presence in _presences:
        presence.stop()
