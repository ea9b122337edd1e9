"""Worker rows: heartbeats, and the failures that pause a worker. Workers write their own rows.

Times are those of the database's clock, since the clocks of the hosts of workers may differ and jump.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Now

from annotator.claims import release_worker, stored_error
from annotator.runs.models import Worker

FIRST_PAUSE_S = 2
LONGEST_PAUSE_S = 300
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A process on a host: `started` is in seconds since the host's boot, since process numbers are used again."""

    host: str
    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class WorkerDevice:
    """The device of a worker's model, and its memory in use; `batch_size` is 0 before the model is loaded."""

    batch_size: int
    device: str
    memory_used: int
    memory_total: int


def worker_seen(
    *, name: str, queue: str, process: WorkerProcess | None = None, device: WorkerDevice | None = None
) -> None:
    """Record that this worker listens to `queue` now."""
    about = (asdict(process) if process else {}) | (asdict(device) if device else {})
    Worker.objects.update_or_create(name=name, queue=queue, defaults={"last_seen": Now(), **about})


def worker_gone(*, name: str, queue: str) -> None:
    """Delete the row of a worker that stops in an orderly way; that of a killed one is deleted after a day."""
    Worker.objects.filter(name=name, queue=queue).delete()


@transaction.atomic
def worker_failed(*, name: str, queue: str, stage: Worker.Stage, error: str, pause_s: float | None = None) -> None:
    """Record why this worker cannot work, and pause it: 2 s, then twice as long with each failure, 300 s at most.

    With `pause_s`, that long, it waits for somebody else, and one failure stands for all such pauses.
    """
    worker, _created = Worker.objects.select_for_update().get_or_create(
        name=name, queue=queue, defaults={"last_seen": Now()}
    )
    growing_s = min(FIRST_PAUSE_S * 2 ** min(worker.failures, 10), LONGEST_PAUSE_S)
    Worker.objects.filter(pk=worker.pk).update(
        stage=stage,
        error=stored_error(error),
        error_since=Coalesce("error_since", Now()),
        failures=F("failures") + 1 if pause_s is None else Greatest(F("failures"), 1),
        paused_until=Now() + timedelta(seconds=growing_s if pause_s is None else pause_s),
    )


def worker_recovered(*, name: str, queue: str) -> None:
    """Clear the failure of a worker that works again."""
    failing = Worker.objects.filter(name=name, queue=queue, failures__gt=0)
    failing.update(stage="", error="", error_since=None, failures=0, paused_until=None)


def worker_paused(*, name: str, queue: str) -> bool:
    """Whether this worker must not claim rows now, because it failed recently."""
    return Worker.objects.filter(name=name, queue=queue, paused_until__gt=Now()).exists()


def workers_release_dead(*, host: str, is_alive: Callable[[WorkerProcess], bool]) -> int:
    """Queue the rows of workers of `host` whose process is dead, and delete these workers; return how many were dead.

    Processes of other hosts cannot be examined: their rows are queued when the lease runs out.
    """
    of_host = Worker.objects.filter(host=host).exclude(host="").order_by("pk")
    dead = [worker for worker in of_host if not is_alive(WorkerProcess(worker.host, worker.pid, worker.started))]
    for worker in dead:
        release_worker(worker=worker.name)
    Worker.objects.filter(pk__in=[worker.pk for worker in dead]).delete()
    Worker.objects.filter(last_seen__lt=Now() - _FORGOTTEN_AFTER).delete()
    return len(dead)
