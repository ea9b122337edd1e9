"""`manage.py pipeline_report FIRST SECOND`: evaluate decision pipelines on held-out prompts of runs."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.routing.errors import RoutingError
from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.routing.pipelines import Known, PipelineResult, pipeline_result
from annotator.routing.reports import Held, held_out_decisions
from annotator.routing.run_results import RunResults, Unanswered, results_of_runs
from annotator.routing.splits import folds_of
from annotator.routing.tables import pipeline_table
from annotator.routing.training import Settings, trainer_of
from annotator.runs.errors import RunError
from annotator.runs.selectors import run_numbered
from annotator.statistics.power import detectable_difference

_ROUTER = "router"


class Command(BaseCommand):
    help = "Take from finished runs what a pipeline of their strategies would have obeyed; nothing is generated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("first", type=int, help="number of the run that never reasons")
        parser.add_argument("second", type=int, help="number of the run that always reasons, over the same dataset")
        parser.add_argument(
            "other", type=int, nargs="*", help="numbers of runs of other strategies, such as self_reflection"
        )

        parser.add_argument(
            "--unanswered",
            choices=get_args(Unanswered),
            default="left_out",
            help="prompts without a whole answer in a run: left out, or an answer that obeys nothing",
        )

    def handle(
        self, *, first: int, second: int, other: Sequence[int], unanswered: Unanswered = "left_out", **options: Any
    ) -> None:
        try:
            runs = [run_numbered(number) for number in dict.fromkeys((first, second, *other))]
            if len(runs) < 2:
                raise RoutingError(f"run {first} is named twice; name a second run.")
            results = results_of_runs({f"{run.strategy} ({run.pk})": run for run in runs}, unanswered=unanswered)
        except (RunError, RoutingError) as error:
            raise CommandError(str(error)) from None
        if not results.prompts:
            raise CommandError("No prompt has a whole answer in every run; let the runs finish, or name others.")
        names = ", ".join(results.shares)
        self.stdout.write(f"{counted(len(results.prompts), 'prompt')} in {names}; {results.left_out} left out.")
        self.stdout.write(_power_sentence(results.prompts))
        try:
            held = held_out_decisions("random", results.prompts, trainer_of(Settings()))
        except RoutingError as error:
            held = None
            self.stdout.write(f"No router: {error}")
        self.stdout.write(pipeline_table(list(_pipelines(results, held))))


def _power_sentence(prompts: Sequence[LabelledPrompt]) -> str:
    """Say how large a difference so many prompts can show; most pipelines differ from a fixed strategy on fewer."""
    n, differing = len(prompts), sum(prompt.first != prompt.second for prompt in prompts)
    least = detectable_difference(n, discordant_share=differing / n)
    with_them = f"{counted(n, 'prompt')}, of which the first two runs differ on {differing},"
    if least is None:
        return f"{with_them} can show no difference at all at 5 %."
    return f"{with_them} can show a difference of {100 * least:.0f} points or more (exact McNemar test, power 80 %)."


def _pipelines(results: RunResults, held: Held | None) -> Iterator[PipelineResult]:
    """Yield every pipeline of two different strategies; complexity is set on the other folds."""
    known = _known(results, held)
    fixed = list(results.shares)
    for simple in known.results:
        for dear in known.results:
            if simple != dear:
                yield pipeline_result(known, simple, dear, fixed=fixed)
    if held is not None:
        yield pipeline_result(known, _ROUTER, _ROUTER, fixed=fixed)


def _known(results: RunResults, held: Held | None) -> Known:
    fold_of = {i: number for number, fold in enumerate(folds_of("random", results.prompts)) for i in fold.test}
    shares = {name: np.array(values) for name, values in results.shares.items()}
    if held is not None:
        reasons = dict(zip((prompt.key for prompt in held.prompts), held.reasons, strict=True))
        decided = np.array([reasons[prompt.key] for prompt in results.prompts])
        first, second = list(shares.values())[:2]
        shares[_ROUTER] = np.where(decided, second, first)
    return Known(
        results=shares,
        constraints=np.array([len(prompt.kinds) for prompt in results.prompts]),
        groups=[prompt.group for prompt in results.prompts],
        folds=np.array([fold_of[i] for i in range(len(results.prompts))]),
    )
