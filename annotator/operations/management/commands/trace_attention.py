"""`manage.py trace_attention STUDY`: have a worker read the constraint attention of a study's answers."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotator.constraints.messages import counted
from annotator.operations.named_objects import study_called
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.runs.selectors import (
    TraceProgress,
    language_model_named,
    no_worker_message,
    trace_progress,
    worker_listening,
    worker_problems,
)
from annotator.studies.models import Study
from annotator.studies.selectors.paired_generations import paired_generations
from annotator.studies.services.attention import study_trace_attention

_LOOK_EVERY_S = 1.0


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
            "--watch", action="store_true", help="show a bar until all is traced; Ctrl-C leaves it going"
        )

    def handle(self, *, study: str, model: str | None, filler: bool, boost: list[float], watch: bool, **_: Any) -> None:
        found = study_called(study)
        try:
            named = language_model_named(model) if model else None
            made = study_trace_attention(study=found, language_model=named, filler=filler, boosts=boost)
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
        progress: TraceProgress = trace_progress(generations)
        shown: set[str] = set()
        with tqdm(total=progress.total, unit="trace", desc=f"attention of {study.slug}") as bar:
            try:
                while True:
                    bar.n = progress.done + progress.failed
                    bar.set_postfix_str(f"{progress.failed} failed")
                    for notice in sorted({*worker_problems(model)} - shown):
                        shown.add(notice)
                        bar.write(notice)
                    if not progress.waiting:
                        break
                    time.sleep(_LOOK_EVERY_S)
                    progress = trace_progress(generations)
            except KeyboardInterrupt:
                bar.write("Left watching; the traces go on. Watch again with the same command.")
        for key, run, sentence in progress.failures:
            self.stderr.write(f"prompt {key} of run {run}: {sentence}")
