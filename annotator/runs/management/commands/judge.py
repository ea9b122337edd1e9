"""`manage.py judge RUN MODEL`: have a language model judge a run's ComplexBench questions."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

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
from annotator.runs.watching import Glimpse, watch

_OVER_BUDGET = "The budget of the run is used up, and judge replies count in it: raise it on the run's page."


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
        def look() -> Glimpse:
            progress = judge_progress(run, judge, scope)
            over_budget = Run.objects.filter(pk=run.pk, over_budget=True).exists()
            return Glimpse(
                finished=progress.done + progress.failed,
                total=progress.total,
                state=f"{progress.unparsed} unparsed, {progress.failed} failed",
                notices=[*worker_problems(judge), *([_OVER_BUDGET] if over_budget and progress.waiting else [])],
                over=over_budget or not progress.waiting,
            )

        watch(look, title=f"{judge} on run {run.pk}", unit="question", goes_on="the judge goes on")
        for key, place, sentence in judge_progress(run, judge, scope).failures:
            self.stderr.write(f"main_id {key}, question {place} failed: {sentence}")
