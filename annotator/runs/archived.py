"""Refusals of archived runs and datasets: they take no new work until they are taken back."""

from django.utils.translation import gettext as _

from annotator.datasets.models import Dataset
from annotator.runs.errors import RunError
from annotator.runs.models import Run


def refuse_archived_run(run: Run) -> None:
    """Raise RunError for an archived run."""
    if run.archived_at is not None:
        raise RunError(_("Run %(run)d is archived and takes no new work; take it back first.") % {"run": run.pk})


def refuse_archived_dataset(dataset: Dataset) -> None:
    """Raise RunError for an archived dataset."""
    if dataset.archived_at is not None:
        raise RunError(_("%(dataset)s is archived and takes no new runs; take it back first.") % {"dataset": dataset})
