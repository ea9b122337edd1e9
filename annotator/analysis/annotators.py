"""One row per annotator of a study: cases, pace, agreement with gold, accuracy on checks.

Reads only; annotators are named by pseudonym.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from annotator.analysis.checks import CheckAccuracy, check_accuracy
from annotator.analysis.counted_annotations import counted_assignments
from annotator.analysis.gold import GoldAgreement, gold_agreement
from annotator.analysis.timing import Pace, paces
from annotator.studies.models import Assignment, Membership, Study, held_now


@dataclass(frozen=True, slots=True)
class Counts:
    """Cases of one annotator by the status of their assignment; those held by a lease that has not ended."""

    judged: int
    skipped: int
    held: int


@dataclass(frozen=True, slots=True)
class AnnotatorRow:
    """One annotator. The counts of who is `left_out` are 0, as in every other figure.

    `pace` is None without a timed annotation, `gold` without an annotated case that has gold, `checks` without an
    annotated check.
    """

    pseudonym: str
    deactivated: bool
    left_out: bool
    counts: Counts
    pace: Pace | None
    gold: GoldAgreement | None
    checks: CheckAccuracy | None


def annotator_rows(study: Study) -> Sequence[AnnotatorRow]:
    """Return annotators, and other members with an assignment; those with the most submissions first."""
    counts, gold, pace, checks = (
        _counts(study),
        gold_agreement(study),
        paces(study).by_annotator,
        check_accuracy(study),
    )
    rows = [
        AnnotatorRow(
            pseudonym=member.pseudonym,
            deactivated=member.deactivated_at is not None,
            left_out=member.left_out,
            counts=counts.get(member.user_id, _NO_CASES),
            pace=pace.get(member.user_id),
            gold=gold.get(member.user_id),
            checks=checks.get(member.user_id),
        )
        for member in Membership.objects.filter(study=study).order_by("pseudonym")
        if member.role == Membership.Role.ANNOTATOR or member.user_id in counts
    ]
    return sorted(rows, key=lambda row: -row.counts.judged)


def _counts(study: Study) -> Mapping[int, Counts]:
    status = Assignment.Status
    rows = (
        counted_assignments(study)
        .values("annotator")
        .annotate(
            judged=Count("pk", filter=Q(status=status.SUBMITTED)),
            skipped=Count("pk", filter=Q(status=status.SKIPPED)),
            held=Count("pk", filter=held_now()),
        )
    )
    columns = rows.values_list("annotator", "judged", "skipped", "held")
    return {annotator: Counts(*numbers) for annotator, *numbers in columns}


_NO_CASES = Counts(judged=0, skipped=0, held=0)
