"""`manage.py import_judge_replies RUN FILE`: store judge replies made elsewhere, update the cases.

It lives with the studies because their cases change with the verdicts, and runs know no studies.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.datasets.jsonl import raw_lines
from annotator.input_files import open_input
from annotator.runs.errors import JudgeReplyImportError, RunError
from annotator.runs.judge_reply_lines import LINE_CAP
from annotator.runs.selectors import run_numbered
from annotator.runs.services.judge_reply_import import judge_replies_import
from annotator.studies.services import run_regrade


class Command(BaseCommand):
    help = "Store the judge replies of a file, all or none; a mark has to be what its reply or its segments come to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="number of the run whose generations were judged")
        parser.add_argument("path", type=Path, help="the judge replies, one JSON object a line")

    def handle(self, *, run: int, path: Path, **_: Any) -> None:
        try:
            with open_input(path) as file:
                counts = judge_replies_import(run=run_numbered(run), lines=raw_lines(file, LINE_CAP))
        except (JudgeReplyImportError, RunError) as error:
            raise CommandError(f"{path}: {error}") from None
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}.") from None
        changed = run_regrade(run_id=run)
        self.stdout.write(
            f"Stored {counted(counts.stored, 'judge reply', 'judge replies')} "
            f"of run {run}; "
            f"{counts.known} more were there already, and "
            f"{counted(changed, 'case')} changed."
        )
