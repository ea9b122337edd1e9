"""Repairs that any worker may make at any time, each a conditional update."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotator.claims import release_expired
from annotator.runs.models import Generation, Run
from annotator.runs.services.closing import UNFINISHED, close_finished_run


def runs_reconcile() -> int:
    """Return rows whose lease ran out to the queue, and close running runs without unfinished rows; how many closed.

    Both happen by themselves while workers claim and finish rows. This is for what a killed process, or an earlier
    version of this code, left behind.
    """
    release_expired()
    unfinished = Generation.objects.filter(run=OuterRef("pk"), status__in=UNFINISHED)
    missed = Run.objects.filter(~Exists(unfinished), status=Run.Status.RUNNING).order_by("pk")
    return sum(_close(run_id) for run_id in list(missed.values_list("pk", flat=True)))


@transaction.atomic
def _close(run_id: int) -> bool:
    return close_finished_run(run_id)
