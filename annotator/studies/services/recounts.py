"""Recount of the cases of one annotator who leaves a study or is back.

All their cases are locked first, in the order of ids, so that no submission is counted half. Practice cases and hidden
checks are never handed out again, and have no gold.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.utils import timezone

from annotator.studies.models import Assignment, Case, Study
from annotator.studies.models.cases import counted_cases
from annotator.studies.services.gold_recounts import adjudications_recount
from annotator.studies.services.slots import submission_counts

_CHUNK = 500  # cases


@dataclass(frozen=True, slots=True)
class Recount:
    """Counted cases: judged by the annotator, open for others from now on, with changed gold."""

    judged: int
    reopened: int
    gold_changed: int


def open_assignments_release(*, study: Study, annotator: User) -> int:
    """Give the annotator's open cases back to the queue at once; drafts are kept. Returns how many.

    A held assignment stays with an ended lease, so that its draft is there if they are back.
    """
    _lock_cases(study, annotator)
    own = Assignment.objects.filter(case__study=study, annotator=annotator)
    prefetched, _ = own.filter(status=Assignment.Status.PREFETCHED).delete()
    now = timezone.now()
    return prefetched + own.filter(status=Assignment.Status.HELD, lease_until__gt=now).update(lease_until=now)


def assignments_recount(*, study: Study, annotator: User, left_out: bool, slot_reopened: bool) -> Recount:
    """Let the annotator's assignments count or not, keep their slots or not, and update cases and gold accordingly.

    Only the cases for which something changes are counted anew.
    """
    cases = _lock_cases(study, annotator)
    own = Assignment.objects.filter(case__in=[case.pk for case in cases], annotator=annotator)
    submitted = own.filter(counted_cases("case__"), status=Assignment.Status.SUBMITTED)
    same = submitted.filter(left_out=left_out, slot_reopened=slot_reopened)
    changing = set(submitted.exclude(pk__in=same).values_list("case", flat=True))
    own.update(left_out=left_out)
    submitted.update(slot_reopened=slot_reopened)
    touched = [case for case in cases if case.pk in changing]
    reopened = gold_changed = 0
    for start in range(0, len(touched), _CHUNK):
        chunk = touched[start : start + _CHUNK]
        counts = cases_recount(study, chunk, reopen=slot_reopened)
        reopened, gold_changed = reopened + counts[0], gold_changed + counts[1]
    return Recount(submitted.count(), reopened, gold_changed)


def cases_recount(study: Study, cases: Sequence[Case], *, reopen: bool = False) -> tuple[int, int]:
    """Count the submissions of these cases anew, and their gold; return how many reopened and changed their gold.

    Call it under the row locks of the cases, with the study joined, for cases that are neither practice nor checks.
    """
    assignments = _assignments({case.pk for case in cases})
    before = {case.pk: (case.submissions, case.complete, case.undecided) for case in cases}
    for case in cases:
        rows = assignments[case.pk]
        case.submissions, case.complete = submission_counts(case, rows, overlap=study.overlap, reopen=reopen)
    left = {case.pk for case in cases if any(row.left_out for row in assignments[case.pk])}
    too_few = {case.pk for case in cases if case.pk in left and case.submissions < study.overlap}
    changed = adjudications_recount(cases=cases, too_few=too_few)
    after: dict[tuple[int, bool, bool], list[int]] = defaultdict(list)
    for case in cases:
        values = (case.submissions, case.complete, case.undecided)
        if values != before[case.pk]:
            after[values].append(case.pk)
    for (submissions, complete, undecided), ids in after.items():
        Case.objects.filter(pk__in=ids).update(submissions=submissions, complete=complete, undecided=undecided)
    reopened = sum(before[case.pk][1] and not case.complete for case in cases)
    return reopened, sum(changed.values())


def _lock_cases(study: Study, annotator: User) -> Sequence[Case]:
    """Lock the cases that were ever assigned to the annotator."""
    own = Assignment.objects.filter(case=OuterRef("pk"), annotator=annotator)
    cases = Case.objects.filter(Exists(own.order_by()), study=study).order_by("pk")
    locked = list(cases.select_for_update(no_key=True))
    for case in locked:
        case.study = study
    return locked


def _assignments(case_ids: set[int]) -> Mapping[int, Sequence[Assignment]]:
    """case id -> all its assignments, in a statement after the lock (see `slots.assignments_of`)."""
    by_case: dict[int, list[Assignment]] = defaultdict(list)
    for assignment in Assignment.objects.filter(case__in=case_ids).order_by("pk"):
        by_case[assignment.case_id].append(assignment)
    return by_case
