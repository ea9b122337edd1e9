"""The annotations of a case that is not complete, for its leads, who can send them back. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.studies.models import Case, Membership, Rework, Study
from annotator.studies.selectors.blinded_annotations import annotations_fingerprint, newest_annotations
from annotator.studies.selectors.reworks import submitted_with_reworks


@dataclass(frozen=True, slots=True)
class EarlyAnnotation:
    """An annotation before all are in; `rework` is open where it is sent back already."""

    letter: str
    pseudonym: str
    label: str
    rework: Rework | None


@dataclass(frozen=True, slots=True)
class HalfJudged:
    """The annotations that are in; `seen` is their fingerprint."""

    case_id: int
    annotations: Sequence[EarlyAnnotation]
    seen: str


def half_judged(case: Case) -> HalfJudged | None:
    """Return what can be sent back of the case, with its study joined; None where nothing can before it is complete."""
    if case.complete or case.is_practice or case.study.status != Study.Status.OPEN:
        return None
    annotations = newest_annotations(case.pk)
    if not annotations:
        return None
    reworks = dict(submitted_with_reworks(case.pk).values())
    pseudonyms = Membership.objects.filter(study=case.study_id).pseudonyms()
    rows = [
        EarlyAnnotation(
            letter=letter,
            pseudonym=pseudonyms.get(row.assignment.annotator_id, ""),
            label=row.label,
            rework=reworks.get(row.assignment_id),
        )
        for letter, row in annotations.items()
    ]
    return HalfJudged(case.pk, rows, annotations_fingerprint(annotations))
