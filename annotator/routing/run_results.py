"""Known results of runs over one dataset: by prompt, the share of constraints that each answer obeys.

Reads only. What is not answered whole in every run is left out, or counts as an answer that obeys nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, Q

from annotator.routing.errors import RoutingError
from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.runs.models import Generation, Run, Verdict


@dataclass(frozen=True, slots=True)
class RunResults:
    """The prompts with their results in each run, by name; of the first two runs they are labelled.

    `left_out` counts the prompts of the dataset that have no whole answer, or no decided verdict, in one of the runs.
    """

    prompts: Sequence[LabelledPrompt]
    shares: Mapping[str, Sequence[float]]
    left_out: int


Unanswered = Literal["left_out", "obeys_nothing"]
"""What a prompt without a whole answer is: none of the results, or an answer that obeys no constraint."""


def results_of_runs(runs: Mapping[str, Run], *, unanswered: Unanswered = "left_out") -> RunResults:
    """Return the results of two or more runs, by loose verdicts on the answer. Raises RoutingError for two datasets."""
    first, *others = runs.values()
    for run in others:
        if run.dataset_id != first.dataset_id:
            raise RoutingError(
                f"run {run.pk} is over {run.dataset} and run {first.pk} over {first.dataset}; "
                "name runs over one dataset."
            )
    shares = {name: _shares(run) for name, run in runs.items()}
    rows = first.dataset.prompts.prefetch_related("constraints").order_by("position")
    prompts, kept = [], []
    for row in rows:
        if unanswered == "obeys_nothing" and row.constraints.all():
            for of_run in shares.values():
                of_run.setdefault(row.pk, 0.0)
        of_prompt = [of_run[row.pk] for of_run in shares.values() if row.pk in of_run]
        if len(of_prompt) < len(runs):
            continue
        before, after = of_prompt[:2]
        kept.append(row.pk)
        prompts.append(
            LabelledPrompt(
                key=row.key,
                text=row.text,
                kinds=tuple(constraint.kind for constraint in row.constraints.all()),
                dataset=first.dataset.name,
                model=first.language_model.slug,
                first=before,
                second=after,
                label="tie" if before == after else "helped" if after > before else "hurt",
            )
        )
    by_name = {name: [of_run[pk] for pk in kept] for name, of_run in shares.items()}
    return RunResults(prompts, by_name, left_out=first.dataset.prompt_count - len(prompts))


def _shares(run: Run) -> dict[int, float]:
    """Return prompt id -> share of the decided constraints that the answer obeys."""
    whole = run.generations.filter(~Generation.without_whole_answer(), status=Generation.Status.DONE)
    counted: Iterable[tuple[int, int, int]] = (
        Verdict.objects.filter(generation__in=whole, scope=Verdict.Scope.ANSWER, loose__isnull=False)
        .order_by()
        .values("generation__prompt")
        .annotate(n=Count("pk"), obeyed=Count("pk", filter=Q(loose=True)))
        .values_list("generation__prompt", "n", "obeyed")
    )
    return {prompt: obeyed / n for prompt, n, obeyed in counted}
