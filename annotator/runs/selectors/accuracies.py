"""Accuracies of runs by their verdicts, in every scope."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Count, Q

from annotator.datasets.accuracies import Accuracies, AccuracyShares, Share
from annotator.runs.models import Generation, Verdict

_ROWS_AT_ONCE = 2_000


def prompt_accuracies(run_ids: Collection[int]) -> Mapping[int, Mapping[str, Share]]:
    """Return run id -> scope -> the share of prompts with every constraint obeyed, strictly; one query.

    A prompt with a constraint that nothing decided is unverifiable unless another one is violated.
    """
    prompts = (
        Verdict.objects.filter(generation__run__in=run_ids, generation__status=Generation.Status.DONE)
        .order_by()
        .values_list("generation__run", "scope", "generation")
        .annotate(violated=Count("pk", filter=Q(strict=False)), open=Count("pk", filter=Q(strict=None)))
    )
    shares: dict[int, dict[str, Share]] = {run_id: defaultdict(Share) for run_id in run_ids}
    for run_id, scope, _generation, violated, undecided in prompts:
        shares[run_id][scope].add(False if violated else None if undecided else True)
    return shares


def run_accuracies(run_ids: Collection[int]) -> Mapping[int, Mapping[str, Accuracies]]:
    """Return the accuracies of each run by scope, over its finished generations, without kinds; one query."""
    counts = {
        f"{name}_{title}": Count("pk", filter=Q(**{name: value}))
        for name in ("strict", "loose")
        for title, value in (("obeyed", True), ("violated", False), ("open", None))
    }
    prompts = (
        Verdict.objects.filter(generation__run__in=run_ids, generation__status=Generation.Status.DONE)
        .order_by()
        .values_list("generation__run", "scope", "generation")
        .annotate(**counts)
    )
    accuracies: dict[int, dict[str, Accuracies]] = {run_id: defaultdict(Accuracies) for run_id in run_ids}
    for run_id, scope, _generation, *strict_and_loose in prompts.iterator(_ROWS_AT_ONCE):
        of_scope = accuracies[run_id][scope]
        _add(of_scope.strict, *strict_and_loose[:3])
        _add(of_scope.loose, *strict_and_loose[3:])
    return accuracies


def _add(shares: AccuracyShares, obeyed: int, violated: int, undecided: int) -> None:
    """Count one prompt by the numbers of its verdicts."""
    shares.prompts.add(False if violated else None if undecided else True)
    shares.constraints.obeyed += obeyed
    shares.constraints.decided += obeyed + violated
    shares.constraints.unverifiable += undecided
