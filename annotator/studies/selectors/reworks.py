"""Open reworks: annotations that were sent back, and cases handed out again with a note. Reads only."""

from collections.abc import Collection, Mapping

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from annotator.studies.models import Assignment, Rework, Study


def open_reworks(studies: Collection[Study]) -> QuerySet[Rework]:
    """The annotations of these studies that are sent back and not revised yet, oldest first."""
    return _sent_back(Rework.objects.filter(case__study__in=studies))


def reworks_of(annotator: User) -> QuerySet[Rework]:
    """The annotations that are sent back to this annotator, in any study, oldest first."""
    return _sent_back(Rework.objects.filter(member__user=annotator))


def rework_of(assignment: Assignment) -> Rework | None:
    """The open rework that the page of an assignment shows.

    An assignment that was neither submitted nor ever skipped has none, which spares the query for nearly every page of
    the queue.
    """
    untouched = assignment.status in (Assignment.Status.HELD, Assignment.Status.PREFETCHED)
    if untouched and assignment.skipped_at is None:
        return None
    of_the_case = Rework.objects.filter(case=assignment.case_id, member__user=assignment.annotator_id)
    return of_the_case.filter(closed_at=None).first()


def submitted_with_reworks(case_id: int) -> Mapping[int, tuple[int, Rework | None]]:
    """Return annotator id -> (assignment id, open rework) of everybody who has submitted the case.

    One query for a case of which nothing is sent back, else two.
    """
    open_one = Rework.objects.filter(case=OuterRef("case"), member__user=OuterRef("annotator"), closed_at=None)
    submitted = Assignment.objects.filter(case=case_id, status=Assignment.Status.SUBMITTED)
    rows = list(
        submitted.annotate(rework=Subquery(open_one.order_by().values("pk")[:1])).values_list(
            "annotator", "pk", "rework"
        )
    )
    ids = [rework for _annotator, _pk, rework in rows if rework is not None]
    reworks = Rework.objects.in_bulk(ids) if ids else {}
    return {annotator: (pk, reworks.get(rework) if rework else None) for annotator, pk, rework in rows}


def sent_back_cases(case_ids: Collection[int]) -> set[int]:
    """Those of these cases that have an annotation which is sent back."""
    return set(_sent_back(Rework.objects.filter(case__in=case_ids)).values_list("case", flat=True))


def _sent_back(reworks: QuerySet[Rework]) -> QuerySet[Rework]:
    """Open ones on an annotation. Those on a skipped case only carry the note of the lead who handed it out again."""
    submitted = Assignment.objects.filter(
        case=OuterRef("case"), annotator=OuterRef("member__user"), status=Assignment.Status.SUBMITTED
    )
    active = reworks.filter(Exists(submitted), closed_at=None, member__deactivated_at=None)
    return active.order_by("pk")
