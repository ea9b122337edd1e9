"""The fleet: workers, queues and rates of all language models, as operators and monitoring read them.

Every figure comes from the database, so that each web process answers the same. Counts of all generations are kept for
`KEPT_S` seconds in each process; everything else reads open rows and those of the last minute alone, by an index.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import (
    Avg,
    BooleanField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    Max,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Now

from annotator.exemplars.models import Repair
from annotator.runs.models import Generation, JudgeReply, LanguageModel, Run, Worker

RATE_WINDOW_S = 60
KEPT_S = 5
_COUNTS_KEY = "fleet-counts"
_STATUS = Generation.Status
_OF_RUN = "candidate__generation__run"
_KIND = Case(
    When(error__startswith="Given up: the worker died", then=Value("worker_died")),
    When(error__startswith="Failed ", then=Value("backend_crashed")),
    default=Value("request"),
    output_field=CharField(),
)
"""Why a generation failed: its worker died, or its backend crashed, at each attempt; or its request failed alone."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The generations finished in the last `RATE_WINDOW_S` seconds: per second, with tokens, and their latencies."""

    generations_per_s: float = 0.0
    tokens_per_s: float = 0.0
    mean_latency_s: float = 0.0
    longest_latency_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """A worker, whether it was heard of lately, the rows it has claimed by run, and its rate."""

    worker: Worker
    listening: bool
    runs: Mapping[int, int]
    rate: Rate

    @property
    def under_way(self) -> int:
        return sum(self.runs.values())

    @property
    def state(self) -> str:
        """`silent`, `failing`, `working` or `idle`."""
        if not self.listening:
            return "silent"
        if self.worker.failures:
            return "failing"
        return "working" if self.runs else "idle"


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """One language model: rows that wait by kind, its workers, its rate, and its failed generations by kind.

    `waiting` counts generations of running runs, `held_back` those of paused ones.
    """

    language_model: LanguageModel
    waiting: int
    held_back: int
    under_way: int
    judge_replies: int
    repairs: int
    workers: Sequence[WorkerFigures]
    rate: Rate
    failures: Mapping[str, int]

    @property
    def listening(self) -> int:
        return sum(worker.listening for worker in self.workers)

    @property
    def batch_fill(self) -> float | None:
        """The claimed rows as a share of what the listening workers take at once; None where no worker reports it."""
        places = sum(worker.worker.batch_size for worker in self.workers if worker.listening)
        claimed = sum(worker.under_way for worker in self.workers if worker.listening)
        return claimed / places if places else None


@dataclass(frozen=True, slots=True)
class Fleet:
    """All language models that have or had work, the counts of runs and generations by status, and expired leases."""

    models: Sequence[ModelFigures]
    generations: Mapping[str, int]
    runs: Mapping[str, int]
    expired_leases: int
    counts: "_Counts"

    def by_run(self, run_id: int) -> Mapping[str, int]:
        """The generations of a run by status, and their number as `total`."""
        by_status = {status: self.counts.by_run.get((run_id, status), 0) for status in _STATUS.values}
        return {**by_status, "total": sum(by_status.values())}


@dataclass(frozen=True, slots=True)
class _Counts:
    """Counts over all rows: generations by (run, status), and failed ones by (language model, kind)."""

    by_run: Mapping[tuple[int, str], int]
    failures: Mapping[tuple[int, str], int]


def fleet() -> Fleet:
    """Return the figures of this moment, in ten queries whatever the number of rows."""
    counts = _counts()
    rows = Run.objects.order_by().values_list("pk", "language_model_id", "status")
    runs = {pk: (model, status) for pk, model, status in rows}
    open_rows: Counter[tuple[int, str, str]] = Counter()
    generations: Counter[str] = Counter()
    for (run_id, status), n in counts.by_run.items():
        generations[status] += n
        if run_id in runs:
            model_id, run_status = runs[run_id]
            open_rows[model_id, run_status, status] += n
    claims = list(_claims())
    workers = _workers(claims)
    rates = _rates("run__language_model_id")
    judging, repairing = (
        _queued(JudgeReply, "judge_id", "generation__run"),
        _queued(Repair, "language_model_id", _OF_RUN),
    )
    running, paused = Run.Status.RUNNING.value, Run.Status.PAUSED.value
    models = [
        ModelFigures(
            language_model=model,
            waiting=open_rows[model.pk, running, _STATUS.QUEUED.value],
            held_back=open_rows[model.pk, paused, _STATUS.QUEUED.value],
            under_way=sum(claim["n"] for claim in claims if claim["run__language_model_id"] == model.pk),
            judge_replies=judging.get(model.pk, 0),
            repairs=repairing.get(model.pk, 0),
            workers=workers[model.queue],
            rate=rates.get(model.pk, Rate()),
            failures={kind: n for (model_id, kind), n in counts.failures.items() if model_id == model.pk},
        )
        for model in LanguageModel.objects.order_by("slug")
    ]
    expired = sum(claim["expired"] for claim in claims)
    by_status = Counter(status for _model, status in runs.values())
    return Fleet(models, dict(generations), dict(by_status), expired, counts)


def _counts() -> _Counts:
    counts: _Counts | None = cache.get(_COUNTS_KEY)
    if counts is None:
        rows = Generation.objects.order_by().values_list("run_id", "status").annotate(n=Count("pk"))
        failed = Generation.objects.order_by().filter(status=_STATUS.FAILED).annotate(kind=_KIND)
        kinds = failed.values_list("run__language_model_id", "kind").annotate(n=Count("pk"))
        counts = _Counts({(run, status): n for run, status, n in rows}, {(model, kind): n for model, kind, n in kinds})
        cache.set(_COUNTS_KEY, counts, KEPT_S)
    return counts


def _claims() -> Iterable[Any]:
    """Yield the claimed generations by worker and run, with how many of their leases have run out."""
    claimed = Generation.objects.order_by().filter(status=_STATUS.CLAIMED)
    overdue = Count("pk", filter=Q(lease_until__lt=Now()))
    return claimed.values("claimed_by", "run_id", "run__language_model_id").annotate(n=Count("pk"), expired=overdue)


def _workers(claims: Iterable[Mapping[str, Any]]) -> Mapping[str, Sequence[WorkerFigures]]:
    """Return the workers by queue, those heard of lately first."""
    silent_after = timedelta(seconds=settings.WORKER_SILENT_AFTER_S)
    listening = ExpressionWrapper(Q(last_seen__gte=Now() - silent_after), output_field=BooleanField())
    held: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for claim in claims:
        held[claim["claimed_by"]][claim["run_id"]] = claim["n"]
    rates = _rates("claimed_by")
    by_queue: defaultdict[str, list[WorkerFigures]] = defaultdict(list)
    for worker in Worker.objects.annotate(listening=listening).order_by("-listening", "name"):
        rate = rates.get(worker.name, Rate())
        by_queue[worker.queue].append(WorkerFigures(worker, worker.listening, held[worker.name], rate))
    return by_queue


def _rates(field: str) -> Mapping[Any, Rate]:
    """Return the rates by a field of the generations; what was reused or recorded counts in none."""
    recent = Generation.objects.order_by().filter(
        finished_at__gte=Now() - timedelta(seconds=RATE_WINDOW_S),
        status=_STATUS.DONE,
        reused_from=None,
        recorded_at=None,
    )
    sums = recent.values_list(field).annotate(
        n=Count("pk"), tokens=Sum("completion_tokens"), mean=Avg("latency_s"), longest=Max("latency_s")
    )
    return {
        value: Rate(n / RATE_WINDOW_S, tokens / RATE_WINDOW_S, mean, longest)
        for value, n, tokens, mean, longest in sums
    }


def _queued(model: type[JudgeReply] | type[Repair], field: str, run: str) -> Mapping[int, int]:
    """Count the rows that a worker would take: those of a run that is over its budget wait for a larger one."""
    waiting = model._default_manager.order_by().filter(status="queued", **{f"{run}__over_budget": False})
    return dict(waiting.values_list(field).annotate(n=Count("pk")))
