"""`manage.py export_label_studio STUDY`: the annotations of a study as tasks of Label Studio."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.label_studio import label_studio_config, label_studio_file
from annotator.releases.writing import add_target, write_released
from annotator.studies.models import Study

_RUNS = ("first_run__dataset", "first_run__language_model", "second_run__dataset", "second_run__language_model")


class Command(BaseCommand):
    help = "Write tasks with pairwise choices for Label Studio, or with --config its labelling interface."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="slug of the study")
        parser.add_argument("--config", action="store_true", help="write the labelling interface instead")
        add_target(parser)

    def handle(self, *, study: str, config: bool, output: Path | None, **_: Any) -> None:
        found = Study.objects.filter(slug=study).select_related("codebook", *_RUNS).first()
        if found is None:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no study {study!r}; known studies: {known}.")
        if config:
            self.stdout.write(label_studio_config(found), ending="")
        else:
            write_released(self, label_studio_file(found), output)
