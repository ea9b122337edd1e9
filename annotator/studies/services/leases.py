"""Who takes up a place in a case. Every change of a hold is made under the case's row lock.

A place is taken by a submission, or by a hold whose lease has not ended; nobody's place is ever counted by hand.
On SQLite there are no row locks: its transactions are immediate, so one writer at a time runs the whole of it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from annotator.studies.models import Assignment, Case, Practice


def taking_a_place(now: datetime, *, ahead: bool = True) -> Q:
    """The assignments that count against a study's overlap; without those kept `ahead` when nothing else is free."""
    status = Assignment.Status
    holding = [status.HELD, status.AHEAD] if ahead else [status.HELD]
    return Q(status=status.SUBMITTED) | Q(status__in=holding, lease_until__gt=now)


def lock_case(case_id: int) -> Case:
    """The case, locked until the transaction ends. `no_key` leaves rows that point to it free to be inserted."""
    return Case.objects.select_for_update(no_key=True).get(pk=case_id)


def has_room(case_id: int, *, overlap: int, besides: User, ahead: bool = True) -> bool:
    """Whether fewer than `overlap` people besides this one take up a place. Call it after locking the case.

    A practice case has room for everybody.

    It is a statement of its own on purpose: under READ COMMITTED only a statement that starts after the lock was
    granted sees what the previous holder of the lock wrote.
    """
    others = Assignment.objects.filter(taking_a_place(timezone.now(), ahead=ahead), case=case_id).exclude(
        annotator=besides
    )
    return others.count() < overlap or Practice.objects.filter(case=case_id).exists()


def count_submissions(case: Case, *, overlap: int) -> None:
    """Bring `submissions` and `filled` of a locked case up to its assignments. A filled case stays filled."""
    submitted = Assignment.objects.filter(case=case, status=Assignment.Status.SUBMITTED).count()
    if case.submissions != submitted:
        case.submissions = submitted
        case.filled = case.filled or submitted >= overlap
        case.save(update_fields=["submissions", "filled"])


def extend(assignment: Assignment, status: Assignment.Status) -> Assignment:
    """Start the lease anew, as a hold or as a case kept ahead."""
    assignment.status = status
    assignment.lease_until = lease_end()
    assignment.save(update_fields=["status", "lease_until", "touched_at"])
    return assignment


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.ASSIGNMENT_LEASE_S)
