"""The values of an adjudicator's page for one case, without anything that identifies an annotator.

A sheet has no annotator, no time of theirs and no id of their rows; callers pass it to the screen and never the rows.
Until a case is complete it has no annotation either, since its reader may be the next to annotate the case; nor has a
hidden check, which looks like a case that is not complete. It shows which generation is of which run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from annotator.studies.models import (
    Adjudication,
    Annotation,
    Case,
    DecisionDraft,
    Dispute,
    Flag,
    Pattern,
    Rework,
    Study,
)
from annotator.studies.selectors.adjudicator_presence import others_present_at
from annotator.studies.selectors.blinded_annotations import (
    MarkedSpan,
    annotations_fingerprint,
    case_texts,
    newest_adjudication,
    newest_annotations,
    united_evidence,
)
from annotator.studies.selectors.reworks import submitted_with_reworks
from annotator.studies.selectors.sheet import SheetConstraint, SheetSide, sheet_constraints, sheet_sides

DECISION = "★"  # in place of a letter, for a span of the newest decision by a person


@dataclass(frozen=True, slots=True)
class SheetDispute:
    """A disputed verdict, on constraint `number` (from 1) and the generation of the run in that position and role."""

    number: int
    position: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class SheetRework:
    """An annotation is sent back to its annotator with a note, and not revised yet."""

    pk: int
    note: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class BlindedAnnotation:
    """The newest annotation of the annotator under `letter`. `effects` are (constraint number from 1, label)."""

    letter: str
    label: str
    patterns: tuple[Pattern, ...]
    other_text: str
    note: str
    confidence: str
    effects: tuple[tuple[int, str], ...]
    disputes: tuple[SheetDispute, ...]
    rework: SheetRework | None = None


@dataclass(frozen=True, slots=True)
class AdjudicationSheet:
    """The parts of one case that an adjudicator may see, with its sides in the study's order.

    `own` says whether the reader annotated the case. `flags` are the reasons of the unsettled flags. `draft` is the
    reader's. `others_present_at` is the latest time at which another adjudicator who is still present opened the case.
    `seen` is the fingerprint of the annotations, which is sent with the decision.
    """

    study: Study
    case_id: int
    complete: bool
    own: bool
    prompt_key: str
    known_defects: Sequence[Mapping[str, Any]]
    outcome: str
    texts: Mapping[str, str]
    constraints: tuple[SheetConstraint, ...]
    first: SheetSide
    second: SheetSide
    annotations: tuple[BlindedAnnotation, ...]
    evidence: tuple[MarkedSpan, ...]
    patterns: tuple[Pattern, ...]
    flags: tuple[str, ...]
    decision: Adjudication | None
    draft: DecisionDraft | None
    others_present_at: datetime | None
    seen: str = ""

    @property
    def revision(self) -> int:
        """The revision of the newest decision, 0 for none."""
        return self.decision.revision if self.decision else 0


def adjudication_sheet(case: Case, reader: User) -> AdjudicationSheet:
    """Build the sheet in a constant number of queries; `access.case_to_adjudicate` joins what it needs."""
    first, second = sheet_sides(case, second_is_left=False, revealed=True)
    complete = case.complete and not case.is_check
    annotations, decision = newest_annotations(case.pk) if complete else {}, newest_adjudication(case)
    spans_by_letter = {letter: annotation.spans for letter, annotation in annotations.items()}
    if decision is not None and decision.author_id is not None:
        spans_by_letter[DECISION] = decision.spans
    texts = case_texts(case)
    disputes = _disputes(annotations, case.first_id, first, second)
    submitted = submitted_with_reworks(case.pk)
    reworks = dict(submitted.values())
    return AdjudicationSheet(
        study=case.study,
        case_id=case.pk,
        complete=complete,
        own=reader.pk in submitted,
        prompt_key=case.prompt.key,
        known_defects=case.prompt.known_defects,
        outcome=case.outcome,
        texts=texts,
        constraints=sheet_constraints(case, second_is_left=False, revealed=True),
        first=first,
        second=second,
        annotations=tuple(
            _blinded(letter, row, disputes.get(row.pk, ()), reworks.get(row.assignment_id))
            for letter, row in annotations.items()
        ),
        evidence=united_evidence(spans_by_letter, texts),
        patterns=tuple(case.study.codebook.patterns.all()),
        flags=tuple(Flag.objects.open().filter(assignment__case=case).values_list("reason", flat=True)),
        decision=decision,
        draft=DecisionDraft.objects.filter(case=case, adjudicator=reader).first(),
        others_present_at=others_present_at(case, reader),
        seen=annotations_fingerprint(annotations),
    )


def decided_meanwhile(case_id: int, revision: int) -> str:
    """Return the sentence for an author whose decision was begun before decision `revision`."""
    return _(
        "Case %(case)d: decision %(revision)d was taken meanwhile; read it, and submit again only if yours "
        "should replace it."
    ) % {"case": case_id, "revision": revision}


def _blinded(
    letter: str, annotation: Annotation, disputes: Sequence[SheetDispute], rework: Rework | None
) -> BlindedAnnotation:
    effects = annotation.effects if isinstance(annotation.effects, list) else []
    return BlindedAnnotation(
        letter=letter,
        label=annotation.label,
        patterns=tuple(annotation.patterns.all()),
        other_text=annotation.other_text,
        note=annotation.note,
        confidence=annotation.confidence,
        effects=tuple((number, str(effect)) for number, effect in enumerate(effects, start=1) if effect),
        disputes=tuple(disputes),
        rework=SheetRework(rework.pk, rework.note, rework.requested_at) if rework else None,
    )


def _disputes(
    annotations: Mapping[str, Annotation], first_id: int, first: SheetSide, second: SheetSide
) -> Mapping[int, Sequence[SheetDispute]]:
    """annotation id -> its disputes, in the order of the constraints."""
    disputes: dict[int, list[SheetDispute]] = {}
    rows = Dispute.objects.filter(annotation__in=[annotation.pk for annotation in annotations.values()])
    for row in rows.select_related("verdict__constraint").order_by("verdict__constraint__position", "pk"):
        side = first if row.verdict.generation_id == first_id else second
        shown = SheetDispute(row.verdict.constraint.position + 1, side.position, side.role, row.reason)
        disputes.setdefault(row.annotation_id, []).append(shown)
    return disputes
