"""Counts of a run, or of its repeats together: splits, finish reasons, decisions and known defects."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from annotator.runs.models import Generation, Run

BINS = 10
"""The number of bins of a histogram of probabilities, each of the same width."""


@dataclass(frozen=True, slots=True)
class RunResults:
    """Counts over the finished generations of some runs; mappings are most frequent first.

    `decisions` are counted by what was chosen, a choice that led to another one as both, in order. `probabilities` has
    the number of decisions by the probability of reasoning, in `BINS` bins from 0 to 1, [] if no decision has one.
    `defective` is the number of prompts with known defects among the generations.
    """

    generations: int
    splits: Mapping[str, int]
    finish_reasons: Mapping[str, int]
    decisions: Mapping[tuple[str, ...], int]
    probabilities: Sequence[int]
    notes: Mapping[str, int]
    defective: int


def run_results(runs: Sequence[Run]) -> RunResults:
    """Count the finished generations of `runs`, in four queries."""
    generations = Generation.objects.filter(run__in=[run.pk for run in runs], status=Generation.Status.DONE).order_by()
    splits = _counts(generations, "split_status")
    decided = generations.filter(decision__isnull=False).values_list("decision", flat=True)
    decisions = [decision for decision in decided if decision]
    return RunResults(
        generations=sum(splits.values()),
        splits=splits,
        finish_reasons=_counts(generations, "finish_reason"),
        decisions=_by_frequency(Counter(_choices(decision) for decision in decisions)),
        probabilities=histogram([p for p in map(decision_probability, decisions) if p is not None]),
        notes=_by_frequency(Counter(note for decision in decisions if (note := str(decision.get("note") or "")))),
        defective=generations.exclude(prompt__known_defects=[]).count(),
    )


def histogram(probabilities: Sequence[float]) -> Sequence[int]:
    """Count probabilities in `BINS` bins; 1 is in the last one. [] for none."""
    if not probabilities:
        return []
    counts = Counter(min(BINS - 1, max(0, int(BINS * probability))) for probability in probabilities)
    return [counts[number] for number in range(BINS)]


def _counts(generations: QuerySet[Generation], field: str) -> Mapping[str, int]:
    return _by_frequency(Counter(dict(generations.values_list(field).annotate(n=Count("pk")))))


def _by_frequency(counts: "Counter[Any]") -> Mapping[Any, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _choices(decision: Mapping[str, Any]) -> tuple[str, ...]:
    """What was chosen, and what that chose in its turn."""
    then = decision.get("then")
    own = str(decision.get("chose", ""))
    return (own, *_choices(then)) if isinstance(then, Mapping) else (own,)


def decision_probability(decision: Mapping[str, Any]) -> float | None:
    """Return the probability of reasoning of the decision, or of the decision that it led to; None for neither."""
    probability, then = decision.get("probability"), decision.get("then")
    if isinstance(probability, (int, float)):
        return float(probability)
    return decision_probability(then) if isinstance(then, Mapping) else None
