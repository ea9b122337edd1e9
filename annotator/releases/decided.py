"""Generations decided as a whole by the checkers, and counts of the others by reason."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotator.runs.models import Generation, Run, Verdict


def decided_generations(run: Run, *, unfinished: bool) -> QuerySet[Any]:
    """The finished generations whose verdicts say yes or no, each with `violated`.

    One without an answer, or whose answer was cut off, counts only if the study judges the `unfinished`. Without a
    violation, a constraint that no checker decides leaves the whole undecided.
    """
    rows = _with_verdicts(run).filter(Q(violated=True) | Q(undecided=False), decided=True)
    return rows if unfinished else rows.exclude(Generation.without_whole_answer())


def left_out_generations(run: Run, *, unfinished: bool) -> Mapping[str, int]:
    """Count the finished generations without a whole answer, and the undecided ones among the others."""
    rows = _with_verdicts(run)
    whole = rows if unfinished else rows.exclude(Generation.without_whole_answer())
    kept = decided_generations(run, unfinished=unfinished).count()
    return {"no_answer": rows.count() - whole.count(), "undecided": whole.count() - kept}


def _with_verdicts(run: Run) -> QuerySet[Any]:
    # A constraint on the answer counts on the answer, one on the reasoning on the reasoning.
    counted = Verdict.objects.filter(generation=OuterRef("pk"), scope=F("constraint__scope")).order_by()
    return run.generations.filter(status=Generation.Status.DONE).annotate(
        violated=Exists(counted.filter(strict=False)),
        undecided=Exists(counted.filter(strict__isnull=True)),
        decided=Exists(counted),
    )
