"""`manage.py export_annotations STUDY`: the annotations of a study, to a file or stdout."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.garbage_collection import rare_collections
from annotator.releases.annotation_files import FORMATS, REVISIONS, annotation_file, read_extras
from annotator.releases.annotations import EXTRAS, Selection
from annotator.releases.writing import add_target, write_released
from annotator.studies.models import Study

_RUNS = ("first_run__dataset", "first_run__language_model", "second_run__dataset", "second_run__language_model")


class Command(BaseCommand):
    help = "Write the annotations of a study, as the REST routes do: by default the newest revision of each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="slug of the study")
        parser.add_argument("--format", choices=tuple(FORMATS), default="jsonl", help="default: %(default)s")
        parser.add_argument("--revisions", choices=REVISIONS, default="latest", help="default: %(default)s")
        parser.add_argument(
            "--include", default="", metavar="WHAT", help=f"besides annotations: {','.join(EXTRAS)}, or some of them"
        )
        add_target(parser)

    def handle(self, *, study: str, format: str, revisions: str, include: str, output: Path | None, **_: Any) -> None:
        found = Study.objects.filter(slug=study).select_related("codebook", *_RUNS).first()
        if found is None:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no study {study!r}; known studies: {known}.")
        try:
            selection = Selection(revisions == "all", read_extras(include))
        except ValueError as error:
            raise CommandError(str(error)) from None
        with rare_collections():
            write_released(self, annotation_file(found, format, selection), output)
