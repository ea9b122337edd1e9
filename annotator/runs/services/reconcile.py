"""Reconciliation of rows that dead workers left; any worker may run it at any time."""

from django.db.models import Exists, OuterRef

from annotator.claims import release_expired
from annotator.runs.models import Generation, Run
from annotator.runs.services.closing import CLOSES, UNFINISHED, close_finished_run
from annotator.runs.services.result_counts import result_counts_store_next


def runs_reconcile() -> int:
    """Queue rows whose lease ran out, and close running runs without unfinished rows; return how many were closed.

    Workers that claim and finish rows do both anyway. This covers the rows that a killed process, or an earlier version
    of this code, left behind. The results of a finished run are counted here alone, one run at a time.
    """
    release_expired()
    unfinished = Generation.objects.filter(run=OuterRef("pk"), status__in=UNFINISHED)
    missed = Run.objects.filter(CLOSES, ~Exists(unfinished)).order_by("pk")
    closed = sum(close_finished_run(run_id) for run_id in list(missed.values_list("pk", flat=True)))
    result_counts_store_next()
    return closed
