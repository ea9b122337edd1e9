"""The values of an adjudicator's page for one case, without anything that identifies an annotator.

A sheet holds no annotator, no time of theirs and no id of their rows; callers pass it to the screen and never the rows.
Until a case is complete it holds no annotation either: its reader may be the next one to annotate the case. Which
generation is of which run is no secret here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from annotator.studies.models import (
    Adjudication,
    Annotation,
    Assignment,
    Case,
    DecisionDraft,
    Dispute,
    Flag,
    Pattern,
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
from annotator.studies.selectors.sheet import SheetConstraint, SheetSide, sheet_constraints, sheet_sides

DECISION = "★"  # stands beside the letters, for a span that the last decision of a person has


@dataclass(frozen=True, slots=True)
class SheetDispute:
    """An annotator's word that a verdict is wrong: constraint `number`, of the generation in that position and role."""

    number: int
    position: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class BlindedAnnotation:
    """What the annotator under `letter` says. `effects` are (constraint number, label) where one was given."""

    letter: str
    label: str
    patterns: tuple[Pattern, ...]
    other_text: str
    note: str
    confidence: str
    effects: tuple[tuple[int, str], ...]
    disputes: tuple[SheetDispute, ...]


@dataclass(frozen=True, slots=True)
class AdjudicationSheet:
    """One case as an adjudicator sees it, its sides in the study's order. `own`: they annotated it too.

    `flags` are the reasons of the flags that nobody has settled. `draft` is the reader's own, and `others_present_at`
    when the last of the other adjudicators opened the case who have it open still. `seen` is a hash of the annotations.
    """

    study: Study
    case_id: int
    complete: bool
    own: bool
    prompt_key: str
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
        """The newest decision, 0 for none."""
        return self.decision.revision if self.decision else 0


def adjudication_sheet(case: Case, reader: User) -> AdjudicationSheet:
    """In a constant number of queries; `access.case_to_adjudicate` joins what it needs."""
    first, second = sheet_sides(case, second_is_left=False, revealed=True)
    annotations, decision = newest_annotations(case.pk) if case.complete else {}, newest_adjudication(case)
    marked = {letter: each.spans for letter, each in annotations.items()}
    if decision is not None and decision.author_id is not None:
        marked[DECISION] = decision.spans
    texts = case_texts(case)
    disputes = _disputes(annotations, case.first_id, first, second)
    return AdjudicationSheet(
        study=case.study,
        case_id=case.pk,
        complete=case.complete,
        own=case.assignments.filter(annotator=reader, status=Assignment.Status.SUBMITTED).exists(),
        prompt_key=case.prompt.key,
        outcome=case.outcome,
        texts=texts,
        constraints=sheet_constraints(case, second_is_left=False, revealed=True),
        first=first,
        second=second,
        annotations=tuple(_blinded(letter, each, disputes.get(each.pk, ())) for letter, each in annotations.items()),
        evidence=united_evidence(marked, texts),
        patterns=tuple(case.study.codebook.patterns.all()),
        flags=tuple(Flag.objects.filter(assignment__case=case, settled_at=None).values_list("reason", flat=True)),
        decision=decision,
        draft=DecisionDraft.objects.filter(case=case, adjudicator=reader).first(),
        others_present_at=others_present_at(case, reader),
        seen=annotations_fingerprint(annotations),
    )


def decided_meanwhile(case_id: int, revision: int) -> str:
    """What somebody is told who typed on top of an older decision than `revision`."""
    return _(
        "Case %(case)d: decision %(revision)d was taken meanwhile; read it, and submit again only if yours "
        "should replace it."
    ) % {"case": case_id, "revision": revision}


def _blinded(letter: str, annotation: Annotation, disputes: Sequence[SheetDispute]) -> BlindedAnnotation:
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
    )


def _disputes(
    annotations: Mapping[str, Annotation], first_id: int, first: SheetSide, second: SheetSide
) -> Mapping[int, Sequence[SheetDispute]]:
    """annotation id -> its disputes, in the order of the constraints."""
    found: dict[int, list[SheetDispute]] = {}
    rows = Dispute.objects.filter(annotation__in=[each.pk for each in annotations.values()])
    for row in rows.select_related("verdict__constraint").order_by("verdict__constraint__position", "pk"):
        side = first if row.verdict.generation_id == first_id else second
        shown = SheetDispute(row.verdict.constraint.position + 1, side.position, side.role, row.reason)
        found.setdefault(row.annotation_id, []).append(shown)
    return found
