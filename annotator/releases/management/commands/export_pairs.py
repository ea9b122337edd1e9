"""`manage.py export_pairs STUDY --format F`: training rows of a study, to a file or stdout."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.pairs import PAIR_FORMATS, pairs_file
from annotator.releases.writing import add_target, write_released
from annotator.studies.models import Study

_FORMATS = "; ".join(f"{known.name}: {known.description}" for known in PAIR_FORMATS.values())
_RUNS = ("first_run__dataset", "first_run__language_model", "second_run__dataset", "second_run__language_model")


class Command(BaseCommand):
    help = f"Write training rows of a study. {_FORMATS}. What is left out is counted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="slug of the study")
        parser.add_argument("--format", choices=tuple(PAIR_FORMATS), default="trl-preference")
        add_target(parser)

    def handle(self, *, study: str, format: str, output: Path | None, **_: Any) -> None:
        found = Study.objects.filter(slug=study).select_related(*_RUNS).first()
        if found is None:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no study {study!r}; known studies: {known}.")
        write_released(self, pairs_file(found, format), output)
