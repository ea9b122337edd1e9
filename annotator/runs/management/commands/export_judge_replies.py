"""`manage.py export_judge_replies RUN FILE`: write the finished judge replies of a run as JSON Lines."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.json_lines import json_line
from annotator.runs.errors import RunError
from annotator.runs.selectors import run_numbered
from annotator.runs.services.judge_reply_import import judge_replies_export


class Command(BaseCommand):
    help = "Write every finished judge reply of a run, by all judges and in both scopes, one JSON object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="number of a run over a ComplexBench dataset")
        parser.add_argument("path", type=Path, help="the file to write; one that is there is overwritten")

    def handle(self, *, run: int, path: Path, **_: Any) -> None:
        try:
            lines = judge_replies_export(run_numbered(run))
            with path.open("w", encoding="utf-8") as file:
                written = [file.write(json_line(line.as_json())) for line in lines]
        except RunError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"cannot write {path}: {error.strerror}.") from None
        self.stdout.write(f"{path} holds {counted(len(written), 'judge reply', 'judge replies')} of run {run}.")
