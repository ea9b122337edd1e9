"""Counts the taken annotation slots of a case.

Assignment status and lease change only while the case row is locked.

A slot is taken by a submitted assignment, unless it is left out or its slot was reopened, or by a held or prefetched
one whose lease has not ended. Taken slots are counted from the rows each time, never kept in a counter. SQLite has no
row locks: its transactions are immediate, so that one writer at a time runs.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.studies.errors import CaseGone, NotAMember, StudyChanged
from annotator.studies.models import Assignment, Case, Membership, Study


def lock_case(case_id: int, *joined: str) -> Case:
    """Lock a case, read with its `joined` relations. Rows that refer to it can still be inserted. Raises CaseGone."""
    cases = Case.objects.select_for_update(no_key=True, of=("self",))
    if joined:  # without a name, Django would join everything
        cases = cases.select_related(*joined)
    case = cases.filter(pk=case_id).order_by("pk").first()  # the default order would join the study
    if case is None:
        raise case_gone(case_id)
    return case


def case_gone(case_id: int) -> CaseGone:
    """Return the refusal of a change to a case that was deleted since it was read."""
    return CaseGone(_("Case %(case)d was deleted with its study; go back to your studies.") % {"case": case_id})


def assignments_of(case_id: int) -> list[Assignment]:
    """Read all assignments of a case. Call it after `lock_case`.

    It is a separate statement on purpose: under READ COMMITTED only a statement that starts after the lock was granted
    sees what the transaction that held the lock before has written.
    """
    return list(Assignment.objects.filter(case=case_id))


def has_free_slot(assignments: Iterable[Assignment], *, overlap: int, besides: User, prefetched: bool = True) -> bool:
    """Whether fewer than `overlap` annotators other than `besides` take a slot, by all `assignments` of one case.

    Without `prefetched`, prefetched assignments take none. A practice case and a hidden check have a slot for
    everybody: callers read `is_counted` where this is false.
    """
    now = timezone.now()
    others = (assignment for assignment in assignments if assignment.annotator_id != besides.pk)
    return sum(_takes_slot(assignment, now, prefetched=prefetched) for assignment in others) < overlap


def count_submissions(case: Case, assignments: Iterable[Assignment], *, overlap: int, reopen: bool = False) -> None:
    """Update `submissions` and `complete` of a locked case from its assignments.

    A complete case stays complete, unless it is to `reopen` where too few submitted assignments take a slot. A hidden
    check is always complete.
    """
    counted, complete = submission_counts(case, assignments, overlap=overlap, reopen=reopen)
    if (case.submissions, case.complete) != (counted, complete):
        case.submissions, case.complete = counted, complete
        Case.objects.filter(pk=case.pk).update(submissions=counted, complete=complete)


def submission_counts(
    case: Case, assignments: Iterable[Assignment], *, overlap: int, reopen: bool = False
) -> tuple[int, bool]:
    """Return `submissions` and `complete` as `count_submissions` updates them."""
    submitted = [row for row in assignments if row.status == Assignment.Status.SUBMITTED]
    counted = sum(not row.left_out for row in submitted)
    enough = sum(_keeps_slot(row) for row in submitted) >= overlap
    return counted, enough or case.is_check or (case.complete and not reopen)


def renew_lease(assignment: Assignment, status: Assignment.Status) -> Assignment:
    """Start a new lease of an assignment, held or prefetched by `status`."""
    assignment.status = status
    assignment.lease_until = lease_end()
    assignment.save(update_fields=["status", "lease_until", "touched_at"])
    return assignment


def _takes_slot(assignment: Assignment, now: datetime, *, prefetched: bool) -> bool:
    status = Assignment.Status
    if assignment.status == status.SUBMITTED:
        return _keeps_slot(assignment)
    leased = (status.HELD, status.PREFETCHED) if prefetched else (status.HELD,)
    return assignment.status in leased and assignment.lease_until > now


def reader_sentence(study: Study) -> str:
    """Return the refusal for a reader who asks for a case or submits one."""
    return _("You read study %(study)r and label nothing in it; ask its lead for another role.") % {"study": study.slug}


def refuse_changed(study: Study, seen: str) -> None:
    """Raise StudyChanged where a page was made with other `shown_settings`; "" skips the check."""
    if seen and seen != study.shown_settings:
        raise StudyChanged(
            _(
                "The lead of study %(study)r changed its codebook, or when verdicts are shown, after you opened this "
                "page: look at it as it is now, and send it again if it stands. What you typed is kept."
            )
            % {"study": study.slug}
        )


def refuse_deactivated(study: Study, annotator: User) -> None:
    """Raise NotAMember where the membership was deactivated, which waits for the case's row lock that you hold."""
    roles = Membership.objects.active().filter(study=study, user=annotator).values_list("role", flat=True)
    role = roles.order_by("pk").first()  # the default order would join the study
    if role == Membership.Role.READER:
        raise NotAMember(reader_sentence(study))
    if role is None:
        raise NotAMember(
            _("Your membership in study %(study)r was deactivated; ask its lead, what you annotated and typed is kept.")
            % {"study": study.slug}
        )


def _keeps_slot(submitted: Assignment) -> bool:
    """Whether a submitted assignment takes a slot: not where it is left out, or its case was handed out again."""
    return not (submitted.left_out or submitted.slot_reopened)


def lease_end() -> datetime:
    """Return the end of a lease that starts now."""
    return timezone.now() + timedelta(seconds=settings.ASSIGNMENT_LEASE_S)
