"""`manage.py start_worker MODEL`: a worker process for one language model, in place of this process."""

import os
import sys
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.runs.errors import RunError
from annotator.runs.selectors import language_model_named


class Command(BaseCommand):
    help = "Start a worker that generates for one language model. Ctrl-C stops it after giving its claims back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="slug of the language model")

    def handle(self, *, model: str, **options: Any) -> None:
        try:
            found = language_model_named(model)
        except RunError as error:
            raise CommandError(str(error)) from None
        # One model a process, and the model's own threads: the solo pool. Celery takes this process over.
        arguments = ["worker", "--pool", "solo", "--loglevel", "INFO", "--queues", found.queue]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        # A name of its own, so that several workers of one model, one for each GPU, share a host.
        name = ["--hostname", f"{found.slug}.{uuid.uuid4().hex[:8]}@%h"]
        os.execv(  # noqa: S606
            sys.executable,
            [sys.executable, "-m", "celery", "--quiet", "-A", "workers.tasks", *arguments, *quiet, *name],
        )
