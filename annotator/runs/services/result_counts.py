"""Storage of the counts of finished runs, and their removal before anything changes what they count.

Counts are stored under the lock of the run, and only of a run that is done and has no judge reply under way. What opens
such a run again, a resumption or a request for judge replies, deletes them under the same lock: stored counts are those
of the rows.
"""

from django.db import transaction

from annotator.runs.models import Run, RunResultCounts
from annotator.runs.selectors.result_counts import results_count, uncounted_runs


def result_counts_store_next() -> bool:
    """Count and store the results of one finished run whose counts are missing; False where there is none.

    Of two workers that come at once each takes another run. On SQLite other writers wait while it counts.
    """
    if not uncounted_runs().exists():  # as nearly always: no transaction is begun
        return False
    with transaction.atomic():
        run = uncounted_runs().select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if run is None or not uncounted_runs().filter(pk=run.pk).exists():  # a judge was asked before the lock
            return False
        RunResultCounts.objects.create(run=run, content=results_count([run])[run.pk].to_json())
    return True


@transaction.atomic
def result_counts_delete(*, run_id: int) -> None:
    """Delete the stored counts of a run that is about to change, in the caller's transaction.

    To be called after the caller has locked other rows: whoever locks rows and their run locks the rows first.
    """
    Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    RunResultCounts.objects.filter(run=run_id).delete()


@transaction.atomic
def result_counts_renew(*, run: Run) -> bool:
    """Count a finished run anew and store that; return whether other counts were stored before."""
    Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    before = RunResultCounts.objects.filter(run=run).first()
    RunResultCounts.objects.filter(run=run).delete()
    counted = results_count([run])[run.pk].to_json()
    if uncounted_runs().filter(pk=run.pk).exists():
        RunResultCounts.objects.create(run=run, content=counted)
    return before is not None and before.content != counted
