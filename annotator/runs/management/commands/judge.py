"""`manage.py judge RUN MODEL`: have a language model judge a run's ComplexBench questions."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotator.constraints.messages import counted
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel, Run, Verdict
from annotator.runs.selectors import (
    judge_progress,
    language_model_named,
    no_worker_message,
    run_numbered,
    worker_listening,
    worker_problems,
)
from annotator.runs.services.judge_replies import judge_replies_request

_LOOK_EVERY_S = 1.0


class Command(BaseCommand):
    help = "Ask a language model to judge the finished generations of a run. Asking again judges nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="number of a run over a ComplexBench dataset")
        parser.add_argument("model", help="slug of the registered language model that judges")
        parser.add_argument(
            "--scope", choices=Verdict.Scope.values, default="answer", help="what is judged (default: %(default)s)"
        )
        parser.add_argument(
            "--watch", action="store_true", help="show a bar until all is judged; Ctrl-C leaves it going"
        )

    def handle(self, *, run: int, model: str, scope: str, watch: bool, **_: Any) -> None:
        try:
            judged_run, judge = run_numbered(run), language_model_named(model)
            queued = judge_replies_request(run=judged_run, judge=judge, scope=scope)
        except RunError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{counted(queued, 'question')} of run {run} were queued for {judge}.")
        if judged_run.status == Run.Status.RUNNING:
            self.stdout.write("The run goes on; ask again when it is done, for the prompts that are not answered yet.")
        if not worker_listening(judge):
            self.stdout.write(no_worker_message(judge))
        if watch:
            self._watch(judged_run, judge, scope)

    def _watch(self, run: Run, judge: LanguageModel, scope: str) -> None:
        progress = judge_progress(run, judge, scope)
        shown: set[str] = set()
        with tqdm(total=progress.total, unit="question", desc=f"{judge} on run {run.pk}") as bar:
            try:
                while True:
                    bar.n = progress.done + progress.failed
                    bar.set_postfix_str(f"{progress.unparsed} unparsed, {progress.failed} failed")
                    for notice in sorted({*worker_problems(judge)} - shown):
                        shown.add(notice)
                        bar.write(notice)
                    if not progress.waiting:
                        break
                    time.sleep(_LOOK_EVERY_S)
                    progress = judge_progress(run, judge, scope)
            except KeyboardInterrupt:
                bar.write("Left watching; the judge goes on. Watch again with the same command.")
        for key, place, sentence in progress.failures:
            self.stderr.write(f"main_id {key}, question {place} failed: {sentence}")
