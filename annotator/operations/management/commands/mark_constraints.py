"""`manage.py mark_constraints DATASET MODEL`: have a model copy the words of each constraint."""

import json
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.datasets.models import Constraint
from annotator.runs.errors import RunError
from annotator.runs.imported import refuse_imported_model
from annotator.runs.models import Run
from annotator.runs.selectors import dataset_called, language_model_named


class Command(BaseCommand):
    help = (
        "Have a registered language model copy the words of each prompt that state its constraints, where they are not "
        "known; replies that are no words of the prompt are refused. Attention traces read these words."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="NAME for its newest version, or NAME@VERSION")
        parser.add_argument("model", help="slug of a registered language model")
        parser.add_argument("--all", action="store_true", help="also mark anew the constraints whose words are known")

    def handle(self, *, dataset: str, model: str, **options: Any) -> None:
        try:
            found = dataset_called(dataset)
            language_model = language_model_named(model)
            refuse_imported_model(language_model)
        except RunError as error:
            raise CommandError(str(error)) from None
        running = Run.objects.filter(dataset=found, status=Run.Status.RUNNING).order_by("pk").first()
        if running is not None:
            raise CommandError(f"Run {running.pk} over {found} reads these words; wait for its end, or cancel it.")
        rows = Constraint.objects.filter(prompt__dataset=found)
        if not options["all"]:
            rows = rows.filter(span_start=None)
        if not rows.exists():
            self.stdout.write(f"The words of every constraint of {found} are known; --all marks them anew.")
            return
        job = json.dumps({"model": language_model.slug, "dataset": found.pk, "all": options["all"]})
        # Models are run by `workers`, which this project never imports; Python replaces this process.
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "workers.span_command", job])  # noqa: S606
