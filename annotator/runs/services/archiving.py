"""Archiving of runs and their return, a run and its repeats together."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import repeats_with

_OPEN = (Run.Status.RUNNING, Run.Status.PAUSED)


@transaction.atomic
def run_archive(*, run: Run, by: User | None = None) -> None:
    """Archive a run and its repeats: they stand in no list and take no new work. Idempotent.

    Raises RunError while one of them is running or paused.
    """
    members = list(repeats_with(run).select_for_update())
    running = next((member for member in members if member.status in _OPEN), None)
    if running is not None:
        raise RunError(_("Run %(run)d is running or paused; cancel it first, then archive it.") % {"run": running.pk})
    for member in members:
        if Run.objects.filter(pk=member.pk, archived_at=None).update(archived_at=timezone.now()):
            event_append("run.archived", member, actor=by)


@transaction.atomic
def run_restore(*, run: Run, by: User | None = None) -> None:
    """Take a run and its repeats back from the archive. Idempotent."""
    for member in repeats_with(run).select_for_update():
        if Run.objects.filter(pk=member.pk, archived_at__isnull=False).update(archived_at=None):
            event_append("run.restored", member, actor=by)
