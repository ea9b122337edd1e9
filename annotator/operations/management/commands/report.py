"""`manage.py report STUDY`: writes the results of a study in one of five formats."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.analysis.results.reports import FORMATS, report_of
from annotator.analysis.results.study_results import runs_compared, study_results
from annotator.runs.models import Run
from annotator.studies.models import Study


class Command(BaseCommand):
    help = "Write a study's results: accuracies, comparisons with their intervals, outcomes, kinds and patterns."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        parser.add_argument("--format", choices=list(FORMATS), default="md", help="default: %(default)s")
        parser.add_argument("--output", metavar="FILE", help="write to this file, not to the standard output")

    def handle(self, *, study: str, format: str, output: str | None, **_: Any) -> None:
        joined = ("codebook", "first_run__dataset", "first_run__language_model", "second_run__language_model")
        found = Study.objects.select_related(*joined).filter(slug=study).first()
        if found is None:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"No study {study!r}; known: {known}.")
        report = report_of(study_results(found, runs_compared(found, Run.objects.all())))
        pieces = FORMATS[format].render(report)
        if output is None:
            # Not self.stdout, which ends every piece with a line end.
            sys.stdout.writelines(pieces)
            return
        try:
            with Path(output).open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}; name another --output.") from None
        self.stderr.write(f"{output} written.")
