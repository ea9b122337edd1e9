"""Results of a run, or of its repeats together: splits, finish reasons, decisions and known defects."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.datasets.models import Prompt
from annotator.runs.models import Generation, Run
from annotator.runs.result_counts import ResultCounts
from annotator.runs.selectors.result_counts import BINS, decision_probability, histogram, result_counts

__all__ = ["BINS", "RunResults", "decision_probability", "histogram", "run_results"]


@dataclass(frozen=True, slots=True)
class RunResults:
    """Counts over the finished generations of some runs, as in `ResultCounts`; mappings are most frequent first.

    `defective` is the number of generations whose prompt has known defects.
    """

    generations: int
    splits: Mapping[str, int]
    finish_reasons: Mapping[str, int]
    decisions: Mapping[tuple[str, ...], int]
    probabilities: Sequence[int]
    notes: Mapping[str, int]
    defective: int


def run_results(runs: Sequence[Run], counts: Mapping[int, ResultCounts] | None = None) -> RunResults:
    """Return the results of `runs` together, by their `counts` where the caller has them."""
    of_runs = list((result_counts(runs) if counts is None else counts).values())
    return RunResults(
        generations=sum(one.generations for one in of_runs),
        splits=_by_frequency(one.splits for one in of_runs),
        finish_reasons=_by_frequency(one.finish_reasons for one in of_runs),
        decisions=_by_frequency(one.decisions for one in of_runs),
        probabilities=_sums([one.probabilities for one in of_runs if one.probabilities]),
        notes=_by_frequency(one.notes for one in of_runs),
        defective=_defective(runs),
    )


def _defective(runs: Sequence[Run]) -> int:
    """Count from the prompts, since few datasets have any with known defects, and these may be marked at any time."""
    defective = Prompt.objects.filter(dataset__in={run.dataset_id for run in runs}).exclude(known_defects=[])
    generations = Generation.objects.filter(run__in=[run.pk for run in runs], status=Generation.Status.DONE)
    return generations.filter(prompt__in=defective.values("pk")).count()


def _by_frequency(counts: Iterable[Mapping[Any, int]]) -> Mapping[Any, int]:
    total: Counter[Any] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _sums(histograms: Sequence[Sequence[int]]) -> Sequence[int]:
    return [sum(bins) for bins in zip(*histograms, strict=True)]
