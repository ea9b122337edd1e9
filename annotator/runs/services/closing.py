"""Closing of runs: a run is done when its last generation is, whichever worker finishes that one.

A run without a single answer has failed.
"""

from django.db import transaction
from django.db.models import Q

from annotator.claims import Claimable
from annotator.events.services import event_append
from annotator.runs.models import Generation, Run

UNFINISHED = [Claimable.Status.QUEUED, Claimable.Status.CLAIMED]
CLOSES = Q(status=Run.Status.RUNNING) | Q(status=Run.Status.PAUSED, over_budget=True)
"""The runs that end with their last row. One that its budget paused does so too: there is nothing to resume in it."""


def close_finished_run(run_id: int) -> bool:
    """Mark an open run done, or failed without an answer, if none of its generations is unfinished.

    To be called after the transaction that finished a generation: of two workers that finish the last two at once,
    the one that looks later sees both. So only the last rows of a run wait for its lock, and not every row of thousands
    of workers. A run whose worker dies before it looks is closed by `runs_reconcile`.
    """
    if _has_unfinished(run_id):
        return False
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(CLOSES, pk=run_id).first()
        if run is None or _has_unfinished(run_id):
            return False
        answered = Generation.objects.filter(run_id=run_id, status=Generation.Status.DONE).exists()
        Run.objects.filter(pk=run_id).update(status=Run.Status.DONE if answered else Run.Status.FAILED)
        event_append("run.finished" if answered else "run.failed", run, publish=True)
    return True


def _has_unfinished(run_id: int) -> bool:
    return Generation.objects.filter(run_id=run_id, status__in=UNFINISHED).exists()
