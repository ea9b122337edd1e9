"""Reads of runs: how far one is, how fast it goes, and whether anybody works on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.runs.errors import RunError
from annotator.runs.models import Generation, Judgement, LanguageModel, Run, Worker

_RATE_WINDOW_S = 300
_FAILURES_SHOWN = 50
_RUNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class RunProgress:
    """One look at a run. `tokens_per_s` and `seconds_left` are None until something was finished recently."""

    status: str
    done: int
    failed: int
    claimed: int
    total: int
    tokens_per_s: float | None
    seconds_left: float | None
    worker_listening: bool
    no_worker_message: str
    worker_problems: Sequence[str]
    """A sentence for each listening worker that cannot work at present."""
    failures: Sequence[tuple[str, str]]
    """The first failed prompts: key and sentence."""

    @property
    def finished(self) -> int:
        return self.done + self.failed

    @property
    def percent(self) -> int:
        return 100 * self.finished // self.total if self.total else 100


def run_progress(run: Run) -> RunProgress:
    """How far `run` is, from the rows alone."""
    status = Generation.Status
    counts = run.generations.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(status=status.DONE)),
        failed=Count("pk", filter=Q(status=status.FAILED)),
        claimed=Count("pk", filter=Q(status=status.CLAIMED)),
    )
    running = run.status == Run.Status.RUNNING
    left = counts["total"] - counts["done"] - counts["failed"]
    tokens_per_s, per_s = _rates(run, timezone.now()) if running else (None, None)
    listening = worker_listening(run.language_model)
    return RunProgress(
        status=run.status,
        **counts,
        tokens_per_s=tokens_per_s,
        seconds_left=left / per_s if per_s else None,
        worker_listening=listening,
        no_worker_message="" if listening or not running else no_worker_message(run.language_model),
        worker_problems=worker_problems(run.language_model) if running else [],
        failures=list(
            run.generations.filter(status=status.FAILED)
            .order_by("position")
            .values_list("prompt__key", "error")[:_FAILURES_SHOWN]
        ),
    )


def worker_listening(language_model: LanguageModel) -> bool:
    """Whether a worker of this model gave a sign of life within `WORKER_SILENT_AFTER_S` seconds."""
    return _listening(language_model).exists()


def worker_problems(language_model: LanguageModel) -> list[str]:
    """A sentence for each listening worker of this model that cannot work at present: why, since when, and until when.

    The error itself is what a library or an engine wrote, in its language.
    """
    loading = _(
        "Worker %(name)s cannot load the model since %(since)s (failures: %(n)d). "
        "The work waits for a worker that can; this one tries again at %(again)s. Reason: %(error)s"
    )
    working = _(
        "Worker %(name)s has failed since %(since)s (failures: %(n)d) and tries again at %(again)s. Reason: %(error)s"
    )
    return [
        (loading if worker.stage == Worker.Stage.LOADING else working)
        % {
            "name": worker.name,
            "since": _clock(worker.error_since),
            "n": worker.failures,
            "again": _clock(worker.paused_until),
            "error": worker.error,
        }
        for worker in _listening(language_model).filter(failures__gt=0).order_by("name")
    ]


def _listening(language_model: LanguageModel) -> QuerySet[Worker]:
    since = timezone.now() - timedelta(seconds=settings.WORKER_SILENT_AFTER_S)
    return Worker.objects.filter(queue=language_model.queue, last_seen__gte=since)


def _clock(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S}" if moment else "-"


def no_worker_message(language_model: LanguageModel) -> str:
    said = _("No worker is listening for %(slug)s; start one with: make worker MODEL=%(slug)s")
    return said % {"slug": language_model.slug}


def work_waits(language_model_id: int) -> bool:
    """Whether any generation of this model could be claimed now."""
    return Generation.objects.filter(
        Generation.free(timezone.now()), run__language_model_id=language_model_id, run__status=Run.Status.RUNNING
    ).exists()


def judging_waits(language_model_id: int) -> bool:
    """Whether any judgement by this model could be claimed now."""
    return Judgement.objects.filter(Judgement.free(timezone.now()), judge=language_model_id).exists()


def run_numbered(number: int) -> Run:
    """The run of that number; `RunError` names the newest ones where there is none."""
    run = Run.objects.select_related("dataset", "language_model").filter(pk=number).first()
    if run is None:
        known = ", ".join(map(str, Run.objects.values_list("pk", flat=True)[:_RUNS_SHOWN])) or _("none yet")
        raise RunError(
            _("No run %(number)d; the newest are: %(known)s. Start one with `manage.py start_run`.")
            % {"number": number, "known": known}
        )
    return run


def language_model_named(slug: str) -> LanguageModel:
    """The registered language model of that slug; `RunError` names the known ones where there is none."""
    model = LanguageModel.objects.filter(slug=slug).first()
    if model is None:
        known = ", ".join(LanguageModel.objects.values_list("slug", flat=True)) or _("none yet")
        raise RunError(
            _("No language model %(slug)r; known: %(known)s. Register one with `manage.py add_model`.")
            % {"slug": slug, "known": known}
        )
    return model


def runs_overview() -> QuerySet[Run]:
    """Every run, newest first, with `done`, `failed` and `total` counted."""
    status = Generation.Status
    return Run.objects.select_related("dataset", "language_model").annotate(
        total=Count("generations"),
        done=Count("generations", filter=Q(generations__status=status.DONE)),
        failed=Count("generations", filter=Q(generations__status=status.FAILED)),
    )


def _rates(run: Run, now: datetime) -> tuple[float | None, float | None]:
    """(tokens a second, generations a second) of this run over the last minutes.

    Static batches finish in lumps, so the clock starts when the oldest counted generation began, not when it ended.
    """
    recent = run.generations.filter(
        status=Generation.Status.DONE, finished_at__gte=now - timedelta(seconds=_RATE_WINDOW_S)
    )
    sums = recent.aggregate(n=Count("pk"), tokens=Sum("completion_tokens"), first=Min("finished_at"))
    if not sums["n"]:
        return None, None
    longest = recent.filter(finished_at=sums["first"]).order_by("-latency_s").values_list(F("latency_s"), flat=True)[0]
    elapsed = max((now - sums["first"]).total_seconds() + longest, 0.001)
    return sums["tokens"] / elapsed, sums["n"] / elapsed
