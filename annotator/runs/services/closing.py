"""Closing of runs: a run is done when its last generation is, whichever worker finishes that one.

A run without a single answer has failed.
"""

from annotator.claims import Claimable
from annotator.events.services import event_append
from annotator.runs.models import Generation, Run

UNFINISHED = [Claimable.Status.QUEUED, Claimable.Status.CLAIMED]


def close_finished_run(run_id: int) -> bool:
    """Mark a running run done, or failed without an answer, if none of its generations is unfinished.

    Inside the caller's transaction.

    Two workers that finish the last two generations at once do not see each other's uncommitted row. The run's row
    lock makes the second wait for the first, and its statement after the lock reads what the first committed.
    """
    run = Run.objects.select_for_update().filter(pk=run_id, status=Run.Status.RUNNING).first()
    if run is None:
        return False
    if Generation.objects.filter(run_id=run_id, status__in=UNFINISHED).exists():
        return False
    answered = Generation.objects.filter(run_id=run_id, status=Generation.Status.DONE).exists()
    Run.objects.filter(pk=run_id).update(status=Run.Status.DONE if answered else Run.Status.FAILED)
    event_append("run.finished" if answered else "run.failed", run)
    return True
