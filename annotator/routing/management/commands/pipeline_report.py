"""`manage.py pipeline_report FIRST SECOND`: evaluate decision pipelines on held-out prompts of runs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.routing.errors import RoutingError
from annotator.routing.pipelines import Known, PipelineResult, pipeline_result
from annotator.routing.reports import Held, held_out_decisions
from annotator.routing.run_results import RunResults, results_of_runs
from annotator.routing.splits import folds_of
from annotator.routing.tables import pipeline_table
from annotator.routing.training import Settings, trainer_of
from annotator.runs.errors import RunError
from annotator.runs.selectors import run_numbered

_ROUTER = "router"


class Command(BaseCommand):
    help = "Take from finished runs what a pipeline of their strategies would have obeyed; nothing is generated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("first", type=int, help="number of the run that never reasons")
        parser.add_argument("second", type=int, help="number of the run that always reasons, over the same dataset")
        parser.add_argument(
            "other", type=int, nargs="*", help="numbers of runs of other strategies, such as self_reflection"
        )

    def handle(self, *, first: int, second: int, other: Sequence[int], **options: Any) -> None:
        try:
            runs = [run_numbered(number) for number in dict.fromkeys((first, second, *other))]
            if len(runs) < 2:
                raise RoutingError(f"run {first} is named twice; name a second run.")
            results = results_of_runs({f"{run.strategy} ({run.pk})": run for run in runs})
        except (RunError, RoutingError) as error:
            raise CommandError(str(error)) from None
        if not results.prompts:
            raise CommandError("No prompt has a whole answer in every run; let the runs finish, or name others.")
        names = ", ".join(results.shares)
        self.stdout.write(f"{counted(len(results.prompts), 'prompt')} in {names}; {results.left_out} left out.")
        try:
            held = held_out_decisions("random", results.prompts, trainer_of(Settings()))
        except RoutingError as error:
            held = None
            self.stdout.write(f"No router: {error}")
        self.stdout.write(pipeline_table(list(_pipelines(results, held))))


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
