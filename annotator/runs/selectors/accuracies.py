"""Accuracies of runs by their verdicts, in every scope."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import groupby

from django.db.models import Count, Q

from annotator.datasets.accuracies import Accuracies, Share
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
    """Return the accuracies of each run by scope, over its finished generations; one query for all of them."""
    rows = (
        Verdict.objects.filter(generation__run__in=run_ids, generation__status=Generation.Status.DONE)
        .order_by("generation", "scope", "constraint__position")
        .values_list("generation__run", "generation", "scope", "constraint__kind", "strict", "loose")
    )
    accuracies: dict[int, dict[str, Accuracies]] = {run_id: defaultdict(Accuracies) for run_id in run_ids}
    for (run_id, _generation, scope), group in groupby(rows.iterator(_ROWS_AT_ONCE), key=lambda row: row[:3]):
        kinds, strict, loose = zip(*(row[3:] for row in group), strict=True)
        accuracies[run_id][scope].add(list(kinds), list(strict), list(loose))
    return accuracies
