"""What an annotator does with a held case short of judging it: keep it, choose blindly, or skip it."""

from django.db import transaction
from django.utils import timezone

from annotator.studies.errors import AssignmentClosed, BlindChoiceFixed, LeaseLost, PracticeDue
from annotator.studies.models import Assignment, Practice
from annotator.studies.services.leases import extend, has_room, lock_case
from annotator.studies.typed_text import storable_text

_SKIP_REASON_LENGTH = 200


@transaction.atomic
def assignment_renew(*, assignment: Assignment) -> Assignment:
    """The heartbeat of an open case page. A lease that has ended comes back if nobody took the place meanwhile."""
    lock_case(assignment.case_id)
    current = Assignment.objects.select_related("case__study", "annotator").get(pk=assignment.pk)
    if current.status != Assignment.Status.HELD:
        raise AssignmentClosed(f"Case {current.case_id} is {current.status} already; ask for the next case.")
    if not has_room(current.case_id, overlap=current.case.study.overlap, besides=current.annotator):
        raise LeaseLost(
            f"Your hold on case {current.case_id} ended and others have taken it; your draft is kept, "
            "ask for the next case."
        )
    return extend(current, Assignment.Status.HELD)


@transaction.atomic
def assignment_choose_blind(*, assignment: Assignment, choice: str) -> Assignment:
    """Record which answer obeys better, before the sides are named. It can be given once; again the same is fine."""
    if choice not in Assignment.Side.values:
        raise BlindChoiceFixed(f"Choice {choice!r} is unknown; choose one of {', '.join(Assignment.Side.values)}.")
    if not assignment.case.study.blind:
        raise BlindChoiceFixed(f"Study {assignment.case.study.slug!r} is not blind; submit the judgement at once.")
    now = timezone.now()
    Assignment.objects.filter(pk=assignment.pk, status=Assignment.Status.HELD, blind_choice="").update(
        blind_choice=choice, revealed_at=now, touched_at=now
    )
    assignment.refresh_from_db(fields=["status", "blind_choice", "revealed_at", "touched_at"])
    if not assignment.blind_choice:
        raise AssignmentClosed(f"Case {assignment.case_id} was skipped; ask for the next case.")
    if assignment.blind_choice != choice:
        raise BlindChoiceFixed(
            f"Case {assignment.case_id}: you chose {assignment.blind_choice!r} before the sides were named, and that "
            "choice stays; say what you think now in the judgement."
        )
    return assignment


@transaction.atomic
def assignment_skip(*, assignment: Assignment, reason: str) -> Assignment:
    """Give the case back for good: it is not handed to this person again. Their draft is kept."""
    if Practice.objects.filter(case=assignment.case_id).exists():
        raise PracticeDue(
            f"Case {assignment.case_id} is for practice and cannot be skipped; judge it as well as you can, and you "
            "are told what was expected."
        )
    Assignment.objects.filter(pk=assignment.pk, status=Assignment.Status.HELD).update(
        status=Assignment.Status.SKIPPED,
        skip_reason=storable_text(reason.strip())[:_SKIP_REASON_LENGTH],
        touched_at=timezone.now(),
    )
    assignment.refresh_from_db(fields=["status", "skip_reason", "touched_at"])
    if assignment.status == Assignment.Status.SUBMITTED:
        raise AssignmentClosed(f"Case {assignment.case_id} was submitted already; revise it instead of skipping it.")
    return assignment
