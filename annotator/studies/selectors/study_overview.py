"""A study at a glance for its leads: members' progress, outcomes and labels; practice left out.

Reads only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from annotator.studies.models import Annotation, Assignment, Case, Membership, Study


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member with the counts of their cases."""

    username: str
    pseudonym: str
    role: str
    submitted: int = 0
    skipped: int = 0
    held: int = 0
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class StudyOverview:
    """Counts in the order in which they are shown. `sides` says which side was preferred blind, over all members.

    Choices that were not blind, because the page could not hide which answer is which, are left out: `not_blind`.
    """

    cases: int
    complete: int
    members: Sequence[MemberRow]
    outcomes: Mapping[str, int]
    labels: Mapping[str, int]
    sides: Mapping[str, int]
    not_blind: int


def study_overview(study: Study) -> StudyOverview:
    """Six queries, whatever the size of the study."""
    cases = Case.objects.filter(study=study, practice__isnull=True)
    assignments = Assignment.objects.filter(case__study=study, case__practice__isnull=True).order_by()
    outcomes = _counts(cases.order_by(), "outcome", Case.Outcome.values)
    newest = Annotation.objects.newest().filter(assignment=OuterRef("pk")).values("label")
    labelled = assignments.filter(status=Assignment.Status.SUBMITTED).annotate(label=Subquery(newest))
    return StudyOverview(
        cases=sum(outcomes.values()),
        complete=cases.filter(complete=True).count(),
        members=_members(study, assignments),
        outcomes=outcomes,
        labels=_counts(labelled, "label", Annotation.Label.values),
        sides=_counts(
            assignments.exclude(blind_choice="").exclude(blind=False), "blind_choice", Assignment.Side.values
        ),
        not_blind=assignments.filter(blind=False).count(),
    )


def _counts(rows: QuerySet[Any], field: str, order: Iterable[str]) -> Mapping[str, int]:
    found = {row[field]: row["n"] for row in rows.values(field).annotate(n=Count("pk"))}
    return {value: found.get(value, 0) for value in order}


def _members(study: Study, assignments: QuerySet[Assignment]) -> Sequence[MemberRow]:
    status = Assignment.Status
    rows = assignments.values("annotator").annotate(
        submitted=Count("pk", filter=Q(status=status.SUBMITTED)),
        skipped=Count("pk", filter=Q(status=status.SKIPPED)),
        held=Count("pk", filter=Q(status=status.HELD)),
        last_seen=Max("touched_at"),
    )
    counts = {annotator: numbers for annotator, *numbers in rows.values_list("annotator", *_COUNTED)}
    return [
        MemberRow(member.user.get_username(), member.pseudonym, member.role, *counts.get(member.user_id, ()))
        for member in Membership.objects.filter(study=study).select_related("user").order_by("role", "pk")
    ]


_COUNTED = ("submitted", "skipped", "held", "last_seen")
