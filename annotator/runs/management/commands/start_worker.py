"""`manage.py start_worker MODEL`: replace this process by a worker for one language model or several."""

import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.backends import BACKENDS
from annotator.runs.errors import RunError
from annotator.runs.imported import refuse_imported_model
from annotator.runs.models import LanguageModel
from annotator.runs.selectors import language_model_named


class Command(BaseCommand):
    help = "Start a worker for one language model, or for several that are asked over HTTP. Ctrl-C stops it in order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("models", nargs="+", metavar="model", help="slug of the language model")

    def handle(self, *, models: Sequence[str], **options: Any) -> None:
        language_models = _language_models(models)
        _require_broker()
        # Celery replaces this process.
        arguments = worker_arguments(language_models[0].slug, queues=[model.queue for model in language_models])
        os.execv(sys.executable, [sys.executable, "-m", "celery", "--quiet", "-A", "workers.tasks", *arguments])  # noqa: S606


def worker_arguments(slug: str, *, queues: Sequence[str]) -> list[str]:
    """The arguments of Celery's worker of these queues, the first of which is that of the model `slug`.

    The solo pool: a local model has the process for itself, and its own threads. Several remote models have a thread
    each.
    """
    several = len(queues) > 1
    pool = ["--pool", "threads", "--concurrency", str(len(queues))] if several else ["--pool", "solo"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    # A unique name, so that several workers of one model, one for each GPU, can share a host.
    more = f"+{len(queues) - 1}" if several else ""
    name = f"{slug}{more}.{uuid.uuid4().hex[:8]}@%h"
    return ["worker", *pool, "--loglevel", "INFO", "--queues", ",".join(queues), *quiet, "--hostname", name]


def _language_models(slugs: Sequence[str]) -> Sequence[LanguageModel]:
    """Return the models, each once. Raises CommandError for one that no worker serves, or not beside others."""
    try:
        found = [language_model_named(slug) for slug in dict.fromkeys(slugs)]
        for language_model in found:
            refuse_imported_model(language_model)
    except RunError as error:
        raise CommandError(str(error)) from None
    local = [model.slug for model in found if model.backend not in BACKENDS or not BACKENDS[model.backend].remote]
    if local and len(found) > 1:
        raise CommandError(
            f"{local[0]} runs on this machine and needs a worker of its own; only models that are asked over HTTP "
            "share one."
        )
    return found


def _require_broker() -> None:
    """Raise CommandError where the broker's socket does not exist: Celery would wait for it without a word of help."""
    broker = urlsplit(settings.BROKER_URL)
    socket = Path(unquote(broker.path))
    if broker.scheme == "redis+socket" and not socket.exists():
        raise CommandError(
            f"No broker runs at {socket}: start one with `make broker` in another terminal, or set BROKER_URL to a "
            "Redis or Valkey server of yours."
        )
