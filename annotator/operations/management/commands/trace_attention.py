"""`manage.py trace_attention STUDY`: have a worker read the constraint attention of a study's answers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.operations.named_objects import study_called
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.runs.selectors import (
    language_model_named,
    no_worker_message,
    trace_progress,
    worker_listening,
    worker_problems,
)
from annotator.runs.watching import Glimpse, watch
from annotator.studies.models import Study
from annotator.studies.selectors.paired_generations import paired_generations
from annotator.studies.services.attention import study_trace_attention


class Command(BaseCommand):
    help = (
        "Trace what the model attended to while it wrote the recorded answers of a study: how much of it were the "
        "constraints of the prompt. Asking again traces nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="short name of the study")
        parser.add_argument(
            "--model",
            metavar="SLUG",
            help="a registered transformers model of the same weights; default: the runs' own",
        )
        parser.add_argument(
            "--filler", action="store_true", help="also trace the second answers with filler in place of the reasoning"
        )
        parser.add_argument(
            "--boost",
            type=float,
            action="append",
            default=[],
            metavar="BIAS",
            help="also write the second answers anew while this is added to the attention scores of the constraints; "
            "repeat it for more, and with 0 to compare with",
        )
        parser.add_argument(
            "--again", action="store_true", help="also trace anew what is traced already, as after files were lost"
        )
        parser.add_argument(
            "--watch", action="store_true", help="show a bar until all is traced; Ctrl-C leaves it going"
        )

    def handle(self, *, study: str, model: str | None, watch: bool, **options: Any) -> None:
        found = study_called(study)
        try:
            named = language_model_named(model) if model else None
            made = study_trace_attention(
                study=found,
                language_model=named,
                filler=options["filler"],
                boosts=options["boost"],
                again=options["again"],
            )
        except RunError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{counted(made.queued, 'trace')} of study {found.slug} were queued for {made.language_model}."
        )
        if made.without_spans:
            self.stdout.write(
                f"{counted(made.without_spans, 'answer')} left out: no words of the prompt are known to state a "
                "constraint; mark them on the prompt's page."
            )
        if not worker_listening(made.language_model):
            self.stdout.write(no_worker_message(made.language_model))
        if watch:
            self._watch(found, made.language_model)

    def _watch(self, study: Study, model: LanguageModel) -> None:
        generations = paired_generations(study)

        def look() -> Glimpse:
            progress = trace_progress(generations)
            return Glimpse(
                finished=progress.done + progress.failed,
                total=progress.total,
                state=f"{progress.failed} failed",
                notices=worker_problems(model),
                over=not progress.waiting,
            )

        watch(look, title=f"attention of {study.slug}", unit="trace", goes_on="the traces go on")
        for key, run, sentence in trace_progress(generations).failures:
            self.stderr.write(f"prompt {key} of run {run}: {sentence}")
