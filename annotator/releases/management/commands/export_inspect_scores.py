"""`manage.py export_inspect_scores RUN`: the verdicts of a run as scores that Inspect reads."""

from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.inspect_scores import Reading, inspect_scores_file
from annotator.releases.writing import add_target, write_released
from annotator.runs.errors import RunError
from annotator.runs.selectors import run_numbered
from annotator.studies.models.studies import SCOPES


class Command(BaseCommand):
    help = "Write verdicts as JSON lines for Inspect's scorer precomputed_scores: by prompt, with every constraint."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="number of the run")
        parser.add_argument("--scope", choices=[scope.value for scope in SCOPES], default="answer")
        parser.add_argument("--reading", choices=get_args(Reading), default="strict")
        add_target(parser)

    def handle(self, *, run: int, scope: str, reading: Reading, output: Path | None, **_: Any) -> None:
        try:
            found = run_numbered(run)
        except RunError as error:
            raise CommandError(str(error)) from None
        write_released(self, inspect_scores_file(found, scope=scope, reading=reading), output)
