"""The runs that a study pairs: locked, and refused where they cannot be paired."""

from django.utils.translation import gettext as _

from annotator.runs.models import Run
from annotator.studies.errors import StudyRefused


def locked_runs(slug: str, *runs: Run) -> list[Run]:
    """Lock the runs of a study inside the caller's transaction, so that none is deleted meanwhile.

    Raises StudyRefused for a run that is gone, failed or archived.
    """
    joined = Run.objects.select_related("dataset", "language_model").select_for_update(no_key=True, of=("self",))
    locked = {run.pk: run for run in joined.filter(pk__in=[run.pk for run in runs]).order_by("pk")}
    for run in runs:
        if problem := _problem(locked.get(run.pk), run.pk):
            raise StudyRefused(_("Study %(study)r: %(problem)s") % {"study": slug, "problem": problem})
    return [locked[run.pk] for run in runs]


def _problem(run: Run | None, number: int) -> str:
    """Why the run cannot be paired, "" if it can."""
    if run is None:
        return _("run %(run)d was deleted meanwhile; choose another one.") % {"run": number}
    if run.status == Run.Status.FAILED:
        return _("run %(run)d failed without a single answer; try it again, or choose another one.") % {"run": number}
    if run.archived_at is not None:
        return _("run %(run)d is archived; take it back first, or choose another one.") % {"run": number}
    return ""
