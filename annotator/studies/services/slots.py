"""Counts the taken annotation slots of a case.

Assignment status and lease change only while the case row is locked.

A place is taken by a submission, or by a hold whose lease has not ended; nobody's place is ever counted by hand.
On SQLite there are no row locks: its transactions are immediate, so one writer at a time runs the whole of it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.studies.models import Assignment, Case


def lock_case(case_id: int, *joined: str) -> Case:
    """The case, locked until the transaction ends. `no_key` leaves rows that point to it free to be inserted."""
    cases = Case.objects.select_for_update(no_key=True, of=("self",))
    if joined:  # without a name, Django would join everything
        cases = cases.select_related(*joined)
    return cases.get(pk=case_id)


def assignments_of(case_id: int) -> list[Assignment]:
    """Everybody's assignments of a case, as they are now. Call it after locking the case.

    It is a statement of its own on purpose: under READ COMMITTED only a statement that starts after the lock was
    granted sees what the previous holder of the lock wrote.
    """
    return list(Assignment.objects.filter(case=case_id))


def has_free_slot(assignments: Iterable[Assignment], *, overlap: int, besides: User, prefetched: bool = True) -> bool:
    """Whether fewer than `overlap` people besides this one take up a place among the assignments of a case.

    A practice case has room for everybody: ask for that where this is false.
    """
    now = timezone.now()
    others = (each for each in assignments if each.annotator_id != besides.pk)
    return sum(_takes_a_place(each, now, prefetched=prefetched) for each in others) < overlap


def count_submissions(case: Case, assignments: Iterable[Assignment], *, overlap: int) -> None:
    """Bring `submissions` and `complete` of a locked case up to its assignments. A complete case stays complete."""
    submitted = sum(each.status == Assignment.Status.SUBMITTED for each in assignments)
    if case.submissions != submitted:
        case.submissions = submitted
        case.complete = case.complete or submitted >= overlap
        Case.objects.filter(pk=case.pk).update(submissions=case.submissions, complete=case.complete)


def extend(assignment: Assignment, status: Assignment.Status) -> Assignment:
    """Start the lease anew, as a hold or as a case prefetched."""
    assignment.status = status
    assignment.lease_until = lease_end()
    assignment.save(update_fields=["status", "lease_until", "touched_at"])
    return assignment


def _takes_a_place(assignment: Assignment, now: datetime, *, prefetched: bool) -> bool:
    """Whether it counts against a study's overlap; one `prefetched` does not, when nothing else is free."""
    status = Assignment.Status
    if assignment.status == status.SUBMITTED:
        return True
    holding = (status.HELD, status.PREFETCHED) if prefetched else (status.HELD,)
    return assignment.status in holding and assignment.lease_until > now


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.ASSIGNMENT_LEASE_S)
