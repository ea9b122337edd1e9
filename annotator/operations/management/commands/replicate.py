"""`manage.py replicate MODEL --dataset NAME`: the study's row for one model, from answers to report."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.operations.replication.arms import imported_arms
from annotator.operations.replication.report import report_write
from annotator.operations.replication.steps import (
    Replication,
    arms_generate,
    replication_attention,
    replication_router,
    replication_study,
)
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import dataset_called, language_model_named, no_worker_message, worker_listening
from annotator.studies.errors import StudyError


class Command(BaseCommand):
    help = (
        "Replicate the study's row for one language model: every arm, outcomes by verdict, a router on held-out "
        "prompts, constraint attention, and one report. The same command goes on where it was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("model", nargs="?", default="", help="slug of a registered language model with a worker")
        add("--dataset", default="", help="NAME or NAME@VERSION of an imported dataset")
        add("--reasoning", choices=("cot", "cot_forced"), default="cot", help="the arm that always reasons")
        add("--max-new-tokens", type=int, default=256, metavar="N", help="for each answer (default: %(default)s)")
        add(
            "--imported",
            nargs="+",
            default=[],
            metavar="STRATEGY=RUN",
            help="use these runs, made elsewhere or here, instead of generating: base=15 cot=16 few_shot=17",
        )
        add("--without-attention", action="store_true", help="trace no attention")
        add("--output", type=Path, metavar="FOLDER", help="default: replications/ below VAR_DIR")

    def handle(self, *, model: str, dataset: str, imported: list[str], output: Path | None, **options: Any) -> None:
        try:
            runs = imported_arms(imported) if imported else self._generated(model, dataset, options)
            study = replication_study(runs, self.stdout.write)
            router, without_router = replication_router(study)
            without_attention = (
                "it was not asked for."
                if options["without_attention"]
                else replication_attention(study, self.stdout.write)
            )
        except (RunError, StudyError) as error:
            raise CommandError(str(error)) from None
        replication = Replication(runs, study, router, without_router, without_attention)
        folder = output or settings.VAR_DIR / "replications" / study.slug
        try:
            files = report_write(replication, folder)
        except OSError as error:
            raise CommandError(
                f"The report cannot be written to {folder} ({error.strerror}); make room there, or name another folder "
                "with --output. Nothing that was generated is lost."
            ) from None
        for file in files:
            self.stdout.write(f"{file} written.")

    def _generated(self, model: str, dataset: str, options: dict[str, Any]) -> dict[str, Run]:
        if not model or not dataset:
            raise CommandError("Name a language model and a --dataset, or runs that are there with --imported.")
        language_model = language_model_named(model)
        if not worker_listening(language_model):
            self.stdout.write(no_worker_message(language_model))
        return arms_generate(
            dataset=dataset_called(dataset),
            language_model=language_model,
            reasoning=options["reasoning"],
            max_new_tokens=options["max_new_tokens"],
            write=self.stdout.write,
        )
