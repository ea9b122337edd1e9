"""Progress of a run, computed from its rows: counts, rate, time left, failures, missing workers."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Sum
from django.utils import timezone

from annotator.runs.models import Generation, Run
from annotator.runs.selectors.budgets import RunBudget, run_budget
from annotator.runs.selectors.workers import no_worker_message, worker_listening, worker_problems

_RATE_WINDOW_S = 300
_FAILURES_SHOWN = 50
_REASONS_READ = 500
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class FailureReason:
    """A reason for which `n` prompts of a run failed: the sentence of one of them."""

    sentence: str
    n: int


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The progress of a run at one moment. `tokens_per_s` and `seconds_left` are None without recent generations."""

    status: str
    done: int
    failed: int
    claimed: int
    recorded: int
    """How many were loaded from a recording; they count in no rate."""
    total: int
    tokens_per_s: float | None
    seconds_left: float | None
    worker_listening: bool
    no_worker_message: str
    worker_problems: Sequence[str]
    """A sentence for each listening worker that cannot work at present."""
    failures: Sequence[tuple[str, str]]
    """(prompt key, error) of the first failed generations."""
    reasons: Sequence[FailureReason]
    """The reasons of the failed generations, the most frequent first."""
    budget: RunBudget | None
    unreasoned: int
    """How many answers have no reasoning although thinking was requested (`thinking` alone requests it)."""

    @property
    def finished(self) -> int:
        return self.done + self.failed

    @property
    def stopped_by_budget(self) -> bool:
        return self.status == Run.Status.PAUSED and self.budget is not None and self.budget.used_up

    @property
    def percent(self) -> int:
        return 100 * self.finished // self.total if self.total else 100


def run_progress(run: Run) -> RunProgress:
    """Return the progress of `run`."""
    status = Generation.Status
    counts = Counter(dict(run.generations.order_by().values_list("status").annotate(n=Count("pk"))))
    running = run.status == Run.Status.RUNNING
    failed = run.generations.filter(status=status.FAILED)
    left = counts[status.QUEUED] + counts[status.CLAIMED]
    tokens_per_s, per_s = _rates(run, timezone.now()) if running else (None, None)
    listening = worker_listening(run.language_model)
    return RunProgress(
        status=run.status,
        done=counts[status.DONE],
        failed=counts[status.FAILED],
        claimed=counts[status.CLAIMED],
        recorded=run.generations.filter(recorded_at__isnull=False).count(),
        total=counts.total(),
        tokens_per_s=tokens_per_s,
        seconds_left=left / per_s if per_s else None,
        worker_listening=listening,
        no_worker_message="" if listening or not running else no_worker_message(run.language_model),
        worker_problems=worker_problems(run.language_model) if running else [],
        failures=list(failed.order_by("position").values_list("prompt__key", "error")[:_FAILURES_SHOWN]),
        reasons=_reasons(
            failed.order_by().values_list("error").annotate(n=Count("pk")).order_by("-n", "error")[:_REASONS_READ]
        ),
        budget=run_budget(run),
        unreasoned=counts_of_unreasoned(run),
    )


def counts_of_unreasoned(run: Run) -> int:
    """Return how many finished answers of a run with thinking came without any reasoning."""
    if run.strategy != "thinking" or run.source is not None:
        return 0
    return run.generations.filter(status=Generation.Status.DONE, reasoning_kind="none").count()


def _reasons(counts: Iterable[tuple[str, int]]) -> Sequence[FailureReason]:
    """Sum up the errors that differ in numbers alone, such as a length, a time or the number of a worker."""
    reasons: dict[str, FailureReason] = {}
    for sentence, n in counts:
        alike = _NUMBER.sub("0", sentence)
        known = reasons.get(alike)
        reasons[alike] = FailureReason(known.sentence, known.n + n) if known else FailureReason(sentence, n)
    return sorted(reasons.values(), key=lambda reason: -reason.n)


def work_waits(language_model_id: int) -> bool:
    """Whether any generation of this model is queued in a running run."""
    queued = Generation.objects.filter(run=OuterRef("pk"), status=Generation.Status.QUEUED)
    running = Run.objects.filter(language_model_id=language_model_id, status=Run.Status.RUNNING)
    return running.filter(Exists(queued)).exists()


def _rates(run: Run, now: datetime) -> tuple[float | None, float | None]:
    """Return (tokens a second, generations a second) of this run over the last five minutes.

    The time counts from the start of the oldest counted generation, not its end: else one alone would have no rate.
    """
    recent = run.generations.filter(
        status=Generation.Status.DONE,
        reused_from=None,
        recorded_at=None,
        finished_at__gte=now - timedelta(seconds=_RATE_WINDOW_S),
    )
    sums = recent.aggregate(n=Count("pk"), tokens=Sum("completion_tokens"), first=Min("finished_at"))
    if not sums["n"]:
        return None, None
    longest = recent.filter(finished_at=sums["first"]).order_by("-latency_s").values_list(F("latency_s"), flat=True)[0]
    elapsed = max((now - sums["first"]).total_seconds() + longest, 0.001)
    return sums["tokens"] / elapsed, sums["n"] / elapsed
