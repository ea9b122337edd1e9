"""Skips that no longer stand: taken back by their annotator, or the case handed out again by a lead."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import AssignmentClosed, LeaseLost, SkipRefused, StudyClosed
from annotator.studies.models import Assignment, Case, Rework, Study
from annotator.studies.selectors.skipped_cases import judging_members
from annotator.studies.services.queue import lock_membership
from annotator.studies.services.reworks import checked_note, rework_append
from annotator.studies.services.slots import assignments_of, has_free_slot, lock_case, renew_lease


@transaction.atomic
def skip_take_back(*, assignment: Assignment) -> Assignment:
    """Hold a case that its annotator skipped. Their draft, blind choice and sides are as they were. Idempotent.

    Raises LeaseLost if others have taken every slot since, AssignmentClosed if the case is submitted, and what
    `lock_membership` raises.
    """
    study = assignment.case.study
    lock_membership(study, assignment.annotator)
    case = lock_case(assignment.case_id)
    assignments = assignments_of(case.pk)
    current = next(row for row in assignments if row.pk == assignment.pk)
    if current.status == Assignment.Status.HELD:
        return current
    if current.status != Assignment.Status.SKIPPED:
        raise AssignmentClosed(_("Case %(case)d is submitted already; open it to revise it.") % {"case": case.pk})
    free = not case.complete and has_free_slot(assignments, overlap=study.overlap, besides=assignment.annotator)
    if not free and case.is_counted:
        raise LeaseLost(
            _("Case %(case)d: others have taken it since you skipped it, so that it is not needed from you any more.")
            % {"case": case.pk}
        )
    payload = {"case": case.pk, "reason": current.skip_reason}
    event_append("assignment.unskipped", current, payload, actor=assignment.annotator, study=study.pk)
    return renew_lease(current, Assignment.Status.HELD)


@transaction.atomic
def case_hand_out_again(*, case: Case, author: User, note: str = "") -> int:
    """Hand a skipped case out again to the annotators who skipped it. Returns how many they are.

    They hold it with a lease that has ended: each finds it in their queue, with the note, until its slots are taken.
    Raises SkipRefused if enough people have judged it or no skip stands, StudyClosed, and ReworkRefused for a note
    that is too long.
    """
    text, study = checked_note(note), case.study
    if study.status != Study.Status.OPEN:
        raise StudyClosed(
            _("Study %(study)r is closed and hands out no case; open it again first.") % {"study": study.slug}
        )
    locked = lock_case(case.pk)
    if locked.complete:
        raise SkipRefused(_("Case %(case)d is fully judged: nobody needs to judge it again.") % {"case": case.pk})
    skipped = {row.annotator_id: row for row in assignments_of(case.pk) if row.status == Assignment.Status.SKIPPED}
    members = [member for member in judging_members(study) if member.user_id in skipped]
    if not members:
        raise SkipRefused(
            _(
                "Case %(case)d: nobody who annotates in this study skips it now; it was taken back, or handed out "
                "again. If nobody is left for it, add an annotator."
            )
            % {"case": case.pk}
        )
    now = timezone.now()
    handed_out = [skipped[member.user_id].pk for member in members]
    Assignment.objects.filter(pk__in=handed_out).update(status=Assignment.Status.HELD, lease_until=now, touched_at=now)
    has_note = set(Rework.objects.filter(case=case, closed_at=None).values_list("member", flat=True))
    for member in members:
        if member.pk not in has_note:
            rework_append(case=locked, member=member, note=text, author=author)
    return len(members)
