"""Archiving of studies and their return."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import StudyArchived
from annotator.studies.models import Study


@transaction.atomic
def study_archive(*, study: Study, by: User | None = None) -> None:
    """Archive the study: it is closed, stands in no list and takes no decisions. Nothing in it is lost. Idempotent."""
    archived = Study.objects.filter(pk=study.pk, archived_at=None)
    if archived.update(archived_at=timezone.now(), status=Study.Status.CLOSED):
        event_append("study.archived", study, actor=by, study=study.pk)


@transaction.atomic
def study_restore(*, study: Study, by: User | None = None) -> None:
    """Take the study back from the archive. It stays closed until somebody opens it again. Idempotent."""
    if Study.objects.filter(pk=study.pk, archived_at__isnull=False).update(archived_at=None):
        event_append("study.restored", study, actor=by, study=study.pk)


def refuse_archived(study: Study) -> None:
    """Raise StudyArchived for an archived study, read anew: the row at hand may be older."""
    if Study.objects.filter(pk=study.pk, archived_at__isnull=False).exists():
        raise StudyArchived(
            _("Study %(study)r is archived and takes no work; a lead can take it back.") % {"study": study.slug}
        )
