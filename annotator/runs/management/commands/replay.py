"""`manage.py replay GENERATION`: run a stored generation again and compare its texts."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.runs.errors import RunError
from annotator.runs.selectors import generation_numbered, generation_stored

_NOT_COMPARED = 2


class Command(BaseCommand):
    help = (
        "Run the model calls of a generation again, on this machine, and say call by call whether the texts are "
        "identical and what changed in the environment. Ends with 0 if they are, 1 if not, 2 if it cannot be done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("generation", help="its number, or RUN/POSITION as in the address of its page")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, generation: str, json: bool, **_: Any) -> None:
        try:
            generation_stored(generation_numbered(generation))  # refused before a model is loaded
        except RunError as error:
            raise CommandError(str(error), returncode=_NOT_COMPARED) from None
        # Models are run by `workers`, which this project never imports; Python replaces this process.
        os.chdir(settings.BASE_DIR)
        options = ["--json"] if json else []
        os.execv(  # noqa: S606
            sys.executable, [sys.executable, "-m", "workers.replay_command", generation, *options]
        )
