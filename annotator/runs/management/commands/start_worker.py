"""`manage.py start_worker MODEL`: replace this process by a worker for one language model."""

import os
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.runs.errors import RunError
from annotator.runs.imported import refuse_imported_model
from annotator.runs.selectors import language_model_named


class Command(BaseCommand):
    help = "Start a worker that generates for one language model. Ctrl-C stops it after releasing its claims."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="slug of the language model")

    def handle(self, *, model: str, **options: Any) -> None:
        try:
            language_model = language_model_named(model)
            refuse_imported_model(language_model)
        except RunError as error:
            raise CommandError(str(error)) from None
        _require_broker()
        # Celery replaces this process.
        arguments = worker_arguments(language_model.slug, queue=language_model.queue)
        os.execv(sys.executable, [sys.executable, "-m", "celery", "--quiet", "-A", "workers.tasks", *arguments])  # noqa: S606


def worker_arguments(slug: str, *, queue: str) -> list[str]:
    """The arguments of Celery's worker: the solo pool, since a process has one model, which runs its own threads."""
    arguments = ["worker", "--pool", "solo", "--loglevel", "INFO", "--queues", queue]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    # A unique name, so that several workers of one model, one for each GPU, can share a host.
    return [*arguments, *quiet, "--hostname", f"{slug}.{uuid.uuid4().hex[:8]}@%h"]


def _require_broker() -> None:
    """Raise CommandError where the broker's socket does not exist: Celery would wait for it without a word of help."""
    broker = urlsplit(settings.BROKER_URL)
    socket = Path(unquote(broker.path))
    if broker.scheme == "redis+socket" and not socket.exists():
        raise CommandError(
            f"No broker runs at {socket}: start one with `make broker` in another terminal, or set BROKER_URL to a "
            "Redis or Valkey server of yours."
        )
