"""`manage.py count_results [RUN ...]`: count the stored results of finished runs anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import run_numbered
from annotator.runs.services.result_counts import result_counts_renew


class Command(BaseCommand):
    help = (
        "Count the results of finished runs anew from their generations and verdicts, and say which stored counts "
        "were others. Workers store them by themselves; this is for whoever doubts them, or changed rows by hand."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("runs", type=int, nargs="*", help="numbers of runs; all that are done without any")

    def handle(self, *, runs: list[int], **_: Any) -> None:
        try:
            chosen = [run_numbered(number) for number in runs] or list(Run.objects.filter(status=Run.Status.DONE))
        except RunError as error:
            raise CommandError(str(error)) from None
        wrong = [run.pk for run in chosen if result_counts_renew(run=run)]
        for number in wrong:
            self.stdout.write(f"run {number}: other counts were stored; they are those of its rows now.")
        self.stdout.write(f"{counted(len(chosen), 'run')} counted, {len(wrong)} with other counts before.")
