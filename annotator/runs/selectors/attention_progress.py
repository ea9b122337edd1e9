"""Progress of attention traces, and whether any waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from annotator.runs.models import AttentionTrace, Generation

_FAILURES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TraceProgress:
    """Numbers of requested traces at one moment; `failures` are (prompt key, run, error) of the first failed ones."""

    done: int
    failed: int
    total: int
    failures: Sequence[tuple[str, int, str]]

    @property
    def waiting(self) -> int:
        return self.total - self.done - self.failed


def trace_progress(generations: QuerySet[Generation]) -> TraceProgress:
    """Return the progress of all traces of these generations."""
    traces = AttentionTrace.objects.filter(generation__in=generations.order_by())
    status = AttentionTrace.Status
    counts = traces.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(status=status.DONE)),
        failed=Count("pk", filter=Q(status=status.FAILED)),
    )
    failed = traces.filter(status=status.FAILED).order_by("pk")
    rows = failed.values_list("generation__prompt__key", "generation__run", "error")
    return TraceProgress(**counts, failures=list(rows[:_FAILURES_SHOWN]))


def attention_traces_wait(language_model_id: int) -> bool:
    """Whether any attention trace by this model could be claimed now."""
    free = AttentionTrace.free()
    return AttentionTrace.objects.filter(free, language_model=language_model_id).exists()
