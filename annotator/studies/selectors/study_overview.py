"""Overview of a study for its leads: members' progress, outcomes and labels.

Reads only. Practice cases count nowhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from annotator.sampling import CUT_OFF
from annotator.studies.models import Annotation, Assignment, Case, Membership, Study, counted_cases, held_now
from annotator.studies.selectors.gold import with_gold_label


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a study, with counts of their assignments, also where these count nowhere any more."""

    pk: int
    username: str
    pseudonym: str
    role: str
    deactivated: bool
    left_out: bool
    submitted: int = 0
    skipped: int = 0
    held: int = 0
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class SplitRow:
    """Counts of completions of the first and of the second run that were split with one status.

    The status `cut_short` is that of answers which were cut off; each of them counts under the status of its split too.
    """

    status: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class StudyOverview:
    """Counts of cases, outcomes, labels and blind choices (`sides`); mappings are in the order of the screen.

    `labels` are those of the gold, one for each case that has gold; `outcomes_of_gold` are the outcomes by verdicts of
    the same cases, `outcomes` those of all. `without_gold` is the number of cases with an annotation and without gold.
    Choices that were not blind, because the page could not hide which answer is which, are left out: `not_blind`.
    `defective` is the number of cases whose prompt has known defects.
    """

    cases: int
    complete: int
    defective: int
    members: Sequence[MemberRow]
    outcomes: Mapping[str, int]
    outcomes_of_gold: Mapping[str, int]
    splits: Sequence[SplitRow]
    labels: Mapping[str, int]
    without_gold: int
    sides: Mapping[str, int]
    not_blind: int

    @property
    def with_gold(self) -> int:
        """The number of cases that `labels` and `outcomes_of_gold` count."""
        return sum(self.labels.values())


def study_overview(study: Study) -> StudyOverview:
    """Count in eleven queries, whatever the size of the study."""
    cases = Case.objects.filter(counted_cases(), study=study)
    assignments = Assignment.objects.filter(counted_cases("case__"), case__study=study).order_by()
    outcomes = _counts(cases.order_by(), "outcome", Case.Outcome.values)
    counted = assignments.filter(left_out=False)
    of_gold = with_gold_label(cases.order_by()).exclude(gold=None).exclude(gold="")
    annotated = Exists(counted.filter(case=OuterRef("pk"), status=Assignment.Status.SUBMITTED))
    labels = _counts(of_gold, "gold", Annotation.Label.values)
    return StudyOverview(
        cases=sum(outcomes.values()),
        complete=cases.filter(complete=True).count(),
        defective=cases.exclude(prompt__known_defects=[]).count(),
        members=_members(study, assignments),
        outcomes=outcomes,
        outcomes_of_gold=_counts(of_gold, "outcome", Case.Outcome.values),
        splits=_splits(cases.order_by()),
        labels=labels,
        without_gold=cases.filter(annotated).count() - of_gold.filter(annotated).count(),
        sides=_counts(counted.exclude(blind_choice="").exclude(blind=False), "blind_choice", Assignment.Side.values),
        not_blind=counted.filter(blind=False).count(),
    )


def _splits(cases: QuerySet[Case]) -> Sequence[SplitRow]:
    """The statuses that occur, in the order of `_STATUSES`."""
    first, second = _split_counts(cases, "first"), _split_counts(cases, "second")
    rows = [SplitRow(status, first.get(status, 0), second.get(status, 0)) for status in _STATUSES]
    return [row for row in rows if row.first or row.second]


def _split_counts(cases: QuerySet[Case], side: str) -> Mapping[str, int]:
    """status -> number of completions of that side; `cut_short` beside them."""
    status, cut_off = f"{side}__split_status", Q(**{f"{side}__finish_reason__in": CUT_OFF})
    rows = list(cases.values_list(status).annotate(n=Count("pk"), cut_off=Count("pk", filter=cut_off)))
    counts = {row[0]: row[1] for row in rows}
    return {**counts, _CUT_SHORT: sum(row[2] for row in rows if row[0] not in ("truncated", "empty"))}


_CUT_SHORT = "cut_short"
_STATUSES = ("clean", "missing_marker", "repeated_marker", "truncated", "empty", _CUT_SHORT)


def _counts(rows: QuerySet[Any], field: str, order: Iterable[str]) -> Mapping[str, int]:
    counts = {row[field]: row["n"] for row in rows.values(field).annotate(n=Count("pk"))}
    return {value: counts.get(value, 0) for value in order}


def _members(study: Study, assignments: QuerySet[Assignment]) -> Sequence[MemberRow]:
    status = Assignment.Status
    rows = assignments.values("annotator").annotate(
        submitted=Count("pk", filter=Q(status=status.SUBMITTED)),
        skipped=Count("pk", filter=Q(status=status.SKIPPED)),
        held=Count("pk", filter=held_now()),
        last_seen=Max("touched_at"),
    )
    counts = {annotator: numbers for annotator, *numbers in rows.values_list("annotator", *_COUNTED)}
    members = Membership.objects.filter(study=study).select_related("user")
    return [
        MemberRow(
            member.pk,
            member.user.get_username(),
            member.pseudonym,
            member.role,
            member.deactivated_at is not None,
            member.left_out,
            *counts.get(member.user_id, ()),
        )
        for member in members.order_by(F("deactivated_at").asc(nulls_first=True), "role", "pk")
    ]


_COUNTED = ("submitted", "skipped", "held", "last_seen")
