"""Skipped cases of a study for its leads, with reasons; which nobody is left to judge. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotator.studies.models import Assignment, Case, Membership, Study


@dataclass(frozen=True, slots=True)
class Skip:
    """One annotator's skip, under their pseudonym."""

    pseudonym: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SkippedCase:
    """A case that is not fully judged and that annotators skip.

    `needed` annotations are missing; `left` annotators have neither submitted nor skipped it.
    """

    case: Case
    skips: Sequence[Skip]
    needed: int
    left: int

    @property
    def stranded(self) -> bool:
        return self.left < self.needed


def judging_members(study: Study) -> QuerySet[Membership]:
    """The members whom the queue is for. Leads and adjudicators are not counted on, nor who knows the sides."""
    annotators = study.memberships.active().filter(role=Membership.Role.ANNOTATOR).order_by("pk")
    return annotators.filter(unblinded_at=None) if study.blind else annotators


def cases_with_skips(study: Study) -> QuerySet[Case]:
    """The cases that are not fully judged and that somebody skips."""
    skipped = Assignment.objects.skipped().filter(case__study=study).order_by()
    return Case.objects.filter(pk__in=skipped.values("case"), complete=False)


def stranded_cases(study: Study) -> QuerySet[Any]:
    """Those of `cases_with_skips` for which fewer annotators are left than are needed."""
    annotators = judging_members(study)
    spare = annotators.count() - study.overlap
    return _counted(cases_with_skips(study), annotators).filter(finished__gt=spare + F("kept"))


def skipped_cases(study: Study, cases: Iterable[Any]) -> Sequence[SkippedCase]:
    """Describe these cases, which have their prompts joined, in three queries."""
    annotators = judging_members(study)
    rows = list(_counted(Case.objects.filter(pk__in=[case.pk for case in cases]), annotators).select_related("prompt"))
    skips, members = _skips(study, [case.pk for case in rows]), annotators.count()
    return [
        SkippedCase(
            case=case,
            skips=skips.get(case.pk, ()),
            needed=max(0, study.overlap - case.kept),
            left=members - case.finished,
        )
        for case in sorted(rows, key=lambda case: case.pk)
    ]


def _counted(cases: QuerySet[Case], annotators: QuerySet[Membership]) -> QuerySet[Any]:
    """Annotate cases with `kept`, the slots that are taken for good, and `finished`.

    `finished` is how many of these annotators have submitted or skipped the case.
    """
    status = Assignment.Status
    of_the_case = Assignment.objects.filter(case=OuterRef("pk")).order_by()
    kept = of_the_case.filter(status=status.SUBMITTED, left_out=False, slot_reopened=False)
    finished = of_the_case.filter(
        status__in=[status.SUBMITTED, status.SKIPPED], annotator__in=annotators.values("user")
    )
    return cases.annotate(kept=_count(kept), finished=_count(finished))


def _count(assignments: QuerySet[Assignment]) -> Coalesce:
    return Coalesce(Subquery(assignments.values("case").annotate(n=Count("pk")).values("n")), 0)


def _skips(study: Study, case_ids: Sequence[int]) -> Mapping[int, Sequence[Skip]]:
    names = study.memberships.pseudonyms()
    skips: dict[int, list[Skip]] = {}
    rows = Assignment.objects.skipped().filter(case__in=case_ids).order_by("skipped_at", "pk")
    for row in rows:
        shown = Skip(names.get(row.annotator_id, ""), row.skip_reason, row.skipped_at or row.touched_at)
        skips.setdefault(row.case_id, []).append(shown)
    return skips
