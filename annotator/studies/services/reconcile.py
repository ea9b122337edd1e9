"""Reconciliation of cases with their runs, after a worker died before it paired or graded them."""

from datetime import datetime

from annotator.runs.selectors.runs import runs_generated_since, runs_judged_since
from annotator.studies.services.pairing import run_pair
from annotator.studies.services.regrading import run_regrade


def cases_reconcile(*, generated_since: datetime, judged_since: datetime | None = None) -> int:
    """Pair the runs with generations since then, and regrade those with judge replies; return how many cases changed.

    Workers do both after every few results. This covers those of a worker that was killed before it did: a run that is
    done generates nothing more, so that nobody else would. Safe to run at any time, by any number of processes.
    """
    paired = sum(run_pair(run_id=run_id) for run_id in sorted(runs_generated_since(generated_since)))
    judged = runs_judged_since(judged_since) if judged_since is not None else ()
    return paired + sum(run_regrade(run_id=run_id) for run_id in sorted(judged))
