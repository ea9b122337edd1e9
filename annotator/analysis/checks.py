"""Accuracy of annotators on the hidden check cases of a study.

Reads only; loads statsmodels on first use.

The newest annotation of each check is compared with the known answer at the time of reading. A blind choice that the
page could not hide the sides from is no blind choice, and is left out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from annotator.statistics.estimates import Estimate
from annotator.studies.models import Annotation, Assignment, Case, Study


@dataclass(frozen=True, slots=True)
class CheckAccuracy:
    """One annotator's share of known labels, and of known better answers, chosen blind."""

    label: Estimate
    choice: Estimate


def check_count(study: Study) -> int:
    """Count the hidden checks of a study."""
    return Case.objects.filter(study=study).exclude(known_label="").count()


def check_accuracy(study: Study) -> Mapping[int, CheckAccuracy]:
    """Return user id -> accuracy, for those who annotated a check. One query."""
    from annotator.statistics.proportion import wilson_share

    rows = (
        Annotation.objects.counted()
        .newest()
        .filter(assignment__case__study=study, assignment__status=Assignment.Status.SUBMITTED)
        .exclude(assignment__case__known_label="")
        .select_related("assignment__case")
        .only("label", *_ASSIGNMENT, *_CASE)
        .order_by()
    )
    right: Counter[tuple[int, str]] = Counter()
    counted: Counter[tuple[int, str]] = Counter()
    for row in rows:
        annotator, case = row.assignment.annotator_id, row.assignment.case
        counted[annotator, "label"] += 1
        right[annotator, "label"] += row.label == case.known_label
        if case.known_choice and row.assignment.blind_choice and row.assignment.blind:
            counted[annotator, "choice"] += 1
            right[annotator, "choice"] += _chosen(row.assignment) == case.known_choice
    return {
        annotator: CheckAccuracy(
            *(wilson_share(right[annotator, part], counted[annotator, part]) for part in ("label", "choice"))
        )
        for annotator, part in counted
        if part == "label"
    }


_ASSIGNMENT = tuple(f"assignment__{name}" for name in ("annotator", "blind_choice", "blind", "second_is_left", "case"))
_CASE = tuple(f"assignment__case__{name}" for name in ("known_label", "known_choice"))


def _chosen(assignment: Assignment) -> str:
    """The answer that the annotator preferred blind."""
    if assignment.blind_choice == Assignment.Side.SAME:
        return Case.Better.SAME
    second = (assignment.blind_choice == Assignment.Side.LEFT) == assignment.second_is_left
    return Case.Better.SECOND if second else Case.Better.FIRST
