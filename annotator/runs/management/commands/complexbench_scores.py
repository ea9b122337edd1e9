"""`manage.py complexbench_scores RUN`: print every statistic of ComplexBench of a judged run."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.complexbench.bounds import bound
from annotator.constraints.complexbench.reporting import statistics_json, statistics_table
from annotator.constraints.messages import counted
from annotator.runs.errors import RunError
from annotator.runs.models import Verdict
from annotator.runs.selectors import MarkedRun, judge_chosen, marked_run, run_numbered


class Command(BaseCommand):
    help = (
        "Print DRFR in every grouping, and coherence, with prerequisites applied, and with bounds where replies could "
        "not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="number of a run whose questions were judged")
        parser.add_argument(
            "--scope", choices=Verdict.Scope.values, default="answer", help="what was judged (default: %(default)s)"
        )
        parser.add_argument(
            "--judge",
            default="",
            metavar="NAME",
            help="whose judge replies, where there are several: NAME or NAME@PROMPT_VERSION",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *, run: int, scope: str, judge: str, json: bool, **_: Any) -> None:
        try:
            judged_run = run_numbered(run)
            scored = marked_run(judged_run, scope, judge_chosen(judged_run, scope, judge))
        except RunError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_object(run, scope, scored) if json else _page(run, scope, scored))


def _object(run: int, scope: str, scored: MarkedRun) -> str:
    about = {
        "run": run,
        "scope": scope,
        "judge": scored.judge.name,
        "prompt_version": scored.judge.prompt_version,
        "instances": len(scored.marked),
        "unanswered": scored.unanswered,
    }
    return json.dumps(about | statistics_json(bound(scored.marked)), ensure_ascii=False)


def _page(run: int, scope: str, scored: MarkedRun) -> str:
    left_out = f", {scored.unanswered:,} without an answer left out" if scored.unanswered else ""
    head = f"run {run}, {scope}, judged by {scored.judge}: {counted(len(scored.marked), 'instance')}{left_out}"
    return f"{head}\n\n{statistics_table(bound(scored.marked))}"
