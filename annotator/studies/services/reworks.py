"""Reworks: annotations sent back to their annotator with a note, until the next revision."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import ReworkRefused, StaleRevision, StudyClosed
from annotator.studies.models import Assignment, Case, Membership, Rework, Study
from annotator.studies.services.slots import lock_case
from annotator.text_cleaning import replace_unstorable

MAX_NOTE = 2_000


@transaction.atomic
def rework_request(*, assignment: Assignment, author: User, note: str, base_revision: int) -> Rework:
    """Send the annotation of `assignment` back to its annotator. Their queue begins with it until they have revised it.

    `base_revision` is the revision that the author read. The same note sent again by the same author, as after a lost
    response, returns the stored rework.

    Raises ReworkRefused without a note, and if nothing can be revised or the case is sent back already; StaleRevision
    if the annotator has revised meanwhile; StudyClosed.
    """
    text = checked_note(note, required=True)
    case, study = lock_case(assignment.case_id), assignment.case.study
    member = _check_revisable(case, study, assignment)
    if base_revision != _newest_revision(assignment):
        raise StaleRevision(
            _("Case %(case)d: the annotator revised meanwhile; read what they say now, and send it back if need be.")
            % {"case": case.pk}
        )
    open_one = Rework.objects.filter(case=case, member=member, closed_at=None).first()
    if open_one is not None and (open_one.note, open_one.author_id) == (text, author.pk):
        return open_one
    if open_one is not None:
        raise ReworkRefused(_("Case %(case)d is sent back to them already; take that back first.") % {"case": case.pk})
    return rework_append(case=case, member=member, note=text, author=author)


@transaction.atomic
def rework_withdraw(*, rework: Rework, by: User | None = None) -> None:
    """Close a rework before the annotator has revised. Idempotent; the note stays in the case's history."""
    if _close(Rework.objects.filter(pk=rework.pk, closed_at=None)):
        event_append("rework.withdrawn", rework, {"case": rework.case_id}, actor=by, study=rework.case.study_id)


def rework_append(*, case: Case, member: Membership, note: str, author: User) -> Rework:
    """Store a rework. Call it under the case's row lock, where no open one is."""
    rework = Rework.objects.create(case=case, member=member, note=note, author=author)
    event_append("rework.requested", rework, {"case": case.pk, "note": note}, actor=author, study=case.study_id)
    return rework


def rework_finish(*, assignment: Assignment, rework_id: int) -> None:
    """Close the rework that the page showed from which its annotator submitted. A newer one stays open.

    Call it under the case's row lock.
    """
    of_the_annotator = Rework.objects.filter(case=assignment.case_id, member__user=assignment.annotator_id)
    if _close(of_the_annotator.filter(pk=rework_id, closed_at=None)):
        payload = {"case": assignment.case_id, "rework": rework_id}
        event_append("rework.finished", assignment, payload, actor=assignment.annotator, study=assignment.case.study_id)


def reworks_close(*, assignment: Assignment) -> None:
    """Close what is open for this annotator and case: they skipped it again."""
    _close(Rework.objects.filter(case=assignment.case_id, member__user=assignment.annotator_id, closed_at=None))


def checked_note(note: str, *, required: bool = False) -> str:
    """Return the note as it is stored. Raises ReworkRefused if it is missing or too long."""
    text = replace_unstorable(note.strip())
    if required and not text:
        raise ReworkRefused(_("Say in a few words what is to be looked at again."))
    if len(text) > MAX_NOTE:
        raise ReworkRefused(
            _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
            % {"field": _("The note"), "n": len(text), "most": MAX_NOTE}
        )
    return text


def _check_revisable(case: Case, study: Study, assignment: Assignment) -> Membership:
    """Return the membership of the annotator, who can revise the annotation of a locked case."""
    if study.status != Study.Status.OPEN:
        raise StudyClosed(
            _("Study %(study)r is closed, so that nobody can revise in it; open it again first.")
            % {"study": study.slug}
        )
    if case.is_practice:
        raise ReworkRefused(
            _("Case %(case)d is for practice: its annotators have read what was expected.") % {"case": case.pk}
        )
    if case.is_check:
        raise ReworkRefused(
            _("Case %(case)d is a hidden check: what annotators say about one stays as they said it first.")
            % {"case": case.pk}
        )
    status = Assignment.objects.values_list("status", flat=True).get(pk=assignment.pk)
    if status != Assignment.Status.SUBMITTED:
        raise ReworkRefused(
            _("Case %(case)d has no annotation of this annotator that could be revised.") % {"case": case.pk}
        )
    member = Membership.objects.active().filter(study=study, user=assignment.annotator_id).first()
    if member is None:
        raise ReworkRefused(
            _("Case %(case)d: its annotator has left the study and cannot revise it.") % {"case": case.pk}
        )
    return member


def _newest_revision(assignment: Assignment) -> int:
    newest = assignment.annotations.order_by("-revision").values_list("revision", flat=True).first()
    return newest or 0


def _close(reworks: QuerySet[Rework]) -> int:
    return reworks.update(closed_at=timezone.now())
