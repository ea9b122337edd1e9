"""Counts of the results of runs: the stored ones, else counted from generations and verdicts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from annotator.runs.models import Generation, JudgeReply, Run, RunResultCounts
from annotator.runs.result_counts import TOKENS, ResultCounts
from annotator.runs.selectors.accuracies import run_accuracies

BINS = 10
"""The number of bins of a histogram of probabilities, each of the same width."""
_OPEN = (JudgeReply.Status.QUEUED, JudgeReply.Status.CLAIMED)


def result_counts(runs: Iterable[Run]) -> Mapping[int, ResultCounts]:
    """Return the counts of each run by its id; four queries. Only runs that are done have accuracies."""
    by_id = {run.pk: run for run in runs}
    stored = RunResultCounts.objects.filter(run__in=by_id, run__status=Run.Status.DONE)
    known = {row.run_id: ResultCounts.from_json(row.content) for row in stored}
    return {**known, **results_count([run for pk, run in by_id.items() if pk not in known])}


def results_count(runs: Sequence[Run]) -> Mapping[int, ResultCounts]:
    """Count the results of each run from its rows, whatever is stored; three queries."""
    if not runs:
        return {}
    generations = Generation.objects.filter(run__in=[run.pk for run in runs], status=Generation.Status.DONE).order_by()
    ends, decided = _ends(generations), _decisions(generations)
    done = [run.pk for run in runs if run.status == Run.Status.DONE]
    accuracies = run_accuracies(done) if done else {}
    return {
        run.pk: ResultCounts(**ends[run.pk], **_decision_counts(decided[run.pk]), accuracies=accuracies.get(run.pk, {}))
        for run in runs
    }


def all_counted(runs: Sequence[Run]) -> bool:
    """Whether the counts of all these runs are stored."""
    done = [run.pk for run in runs if run.status == Run.Status.DONE]
    return len(done) == len(runs) == RunResultCounts.objects.filter(run__in=done).count()


def uncounted_runs() -> QuerySet[Run]:
    """Return the runs that are done and settled, and whose counts are not stored: no judge works on them."""
    judged = JudgeReply.objects.filter(generation__run=OuterRef("pk"), status__in=_OPEN)
    return Run.objects.filter(~Exists(judged), status=Run.Status.DONE, result_counts=None).order_by("pk")


def histogram(probabilities: Sequence[float]) -> Sequence[int]:
    """Count probabilities in `BINS` bins; 1 is in the last one. [] for none."""
    if not probabilities:
        return []
    counts = Counter(min(BINS - 1, max(0, int(BINS * probability))) for probability in probabilities)
    return [counts[number] for number in range(BINS)]


def decision_probability(decision: Mapping[str, Any]) -> float | None:
    """Return the probability of reasoning of the decision, or of the decision that it led to; None for neither."""
    probability, then = decision.get("probability"), decision.get("then")
    if isinstance(probability, (int, float)):
        return float(probability)
    return decision_probability(then) if isinstance(then, Mapping) else None


def _ends(generations: QuerySet[Generation]) -> Mapping[int, dict[str, Any]]:
    """Count the generations of each run by their ends, and sum their tokens: few groups, in one query."""
    groups = generations.values_list("run", "split_status", "finish_reason").annotate(
        n=Count("pk"), **{f"sum_{name}": Sum(name, default=0) for name in TOKENS}
    )
    ends: defaultdict[int, dict[str, Any]] = defaultdict(
        lambda: {"generations": 0, "splits": Counter(), "finish_reasons": Counter(), "tokens": Counter()}
    )
    for run_id, split, finish, n, *sums in groups:
        of_run = ends[run_id]
        of_run["generations"] += n
        of_run["splits"][split] += n
        of_run["finish_reasons"][finish] += n
        of_run["tokens"].update(dict(zip(TOKENS, sums, strict=True)))
    return ends


def _decisions(generations: QuerySet[Generation]) -> Mapping[int, list[Mapping[str, Any]]]:
    decided: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    rows = generations.filter(decision__isnull=False).values_list("run", "decision")
    for run_id, decision in rows.iterator():
        if decision:
            decided[run_id].append(decision)
    return decided


def _decision_counts(decisions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "decisions": Counter(_choices(decision) for decision in decisions),
        "probabilities": histogram([p for p in map(decision_probability, decisions) if p is not None]),
        "notes": Counter(note for decision in decisions if (note := str(decision.get("note") or ""))),
    }


def _choices(decision: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the choice of a decision, and the choices of the decisions inside it."""
    then = decision.get("then")
    own = str(decision.get("chose", ""))
    return (own, *_choices(then)) if isinstance(then, Mapping) else (own,)
