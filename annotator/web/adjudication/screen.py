"""Template values of the adjudication page: layered texts, numbered evidence, annotations to copy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.studies.selectors.adjudication_sheet import (
    DECISION,
    AdjudicationSheet,
    BlindedAnnotation,
    decided_meanwhile,
)
from annotator.studies.selectors.blinded_annotations import MarkedSpan, read_span
from annotator.studies.selectors.sheet import SheetSide
from annotator.web.adjudication.form import DecisionInput
from annotator.web.case.drafts import NONE, DraftState
from annotator.web.marks.evidence import answer_marks, prompt_marks
from annotator.web.marks.evidence_layers import Piece, overlaid
from annotator.web.marks.segments import Mark
from annotator.web.spans_field import form_spans

Pair = tuple[str, str]

_MERGED = "merge"
_MAX_OTHER_TEXT = 500  # characters of the text beside a pattern
_MAX_QUOTE = 100  # characters of a quote that the page has
_KEYS = ("A", "B")  # annotators with a key of their own; further letters are keys of the annotation form


@dataclass(frozen=True, slots=True)
class AnnotationCard:
    """One blinded annotation, with the numbers of the evidence that its annotator marked."""

    annotation: BlindedAnnotation
    evidence_ids: tuple[int, ...]
    not_shared: frozenset[str]  # slugs of patterns that at least one other annotator did not choose
    removed: frozenset[str]  # slugs of patterns that the codebook no longer has

    @property
    def key(self) -> str:
        """The key that copies this annotation into the form, "" for none."""
        return self.annotation.letter.lower() if self.annotation.letter in _KEYS else ""


@dataclass(frozen=True, slots=True)
class OverlaidAnswer:
    """One of the two answers with its marks; `name` is "first" or "second"."""

    name: str
    side: SheetSide
    reasoning: Sequence[Piece]
    answer: Sequence[Piece]
    marked_reasoning: bool  # whether annotators marked anything in the reasoning


@dataclass(frozen=True, slots=True)
class AdjudicationScreen:
    """The values of one page. `typed` fills the fields; `refusal` is why the last submission was refused.

    `rework_letter` and `rework_note` are those of a refused request to send an annotation back.
    """

    sheet: AdjudicationSheet
    typed: DecisionInput
    draft: DraftState = NONE
    refusal: str = ""
    rework_letter: str = ""
    rework_note: str = ""

    @property
    def annotations(self) -> Sequence[AnnotationCard]:
        cards = self.sheet.annotations
        known = {pattern.slug for pattern in self.sheet.patterns}
        removed = frozenset(pattern.slug for card in cards for pattern in card.patterns) - known
        return [
            AnnotationCard(card, self._evidence_ids(card.letter), _not_shared(card, cards), removed) for card in cards
        ]

    @property
    def differ(self) -> bool:
        """Whether the labels themselves differ, and not only the patterns."""
        return len({card.label for card in self.sheet.annotations}) > 1

    @property
    def others(self) -> str:
        """The sentence about other adjudicators who have the case open, "" if nobody has."""
        return presence_sentence(self.sheet.others_present_at)

    @property
    def spans_json(self) -> str:
        """The typed evidence as JSON, without invalid spans."""
        spans = (read_span(span, self.sheet.texts) for span in self.typed.spans)
        return form_spans([self._as_form_span(span) for span in spans if span is not None and span.inside])

    @property
    def prompt(self) -> Sequence[Piece]:
        constraints = self.sheet.constraints
        return self._overlaid("prompt", prompt_marks((row.number, row.span) for row in constraints))

    @property
    def answers(self) -> Sequence[OverlaidAnswer]:
        constraints = self.sheet.constraints
        first = answer_marks((row.number, row.left) for row in constraints)
        second = answer_marks((row.number, row.right) for row in constraints)
        return self._answer("first", self.sheet.first, first), self._answer("second", self.sheet.second, second)

    @property
    def takes(self) -> Mapping[str, Sequence[Pair]]:
        """Form fields, as (name, value) pairs, that each "take" button fills in: one annotation, or all merged."""
        cards = self.sheet.annotations
        return {**{card.letter: self._fields_of([card]) for card in cards}, _MERGED: self._fields_of(cards)}

    @property
    def pieces(self) -> Mapping[int, Mapping[str, str | int]]:
        """Each piece of evidence by its number, as the form sends it."""
        numbered = enumerate(self.sheet.evidence, start=1)
        return {number: self._as_form_span(span) for number, span in numbered if span.inside}

    def _fields_of(self, cards: Sequence[BlindedAnnotation]) -> Sequence[Pair]:
        labels = {card.label for card in cards}
        slugs = {pattern.slug for card in cards for pattern in card.patterns}
        other_text = " / ".join(dict.fromkeys(card.other_text for card in cards if card.other_text))
        letters = {card.letter for card in cards}
        numbered = enumerate(self.sheet.evidence, start=1)
        spans = [self.pieces[number] for number, span in numbered if span.inside and letters & set(span.letters)]
        return [
            *([("label", labels.pop())] if len(labels) == 1 else []),
            *(("patterns", pattern.slug) for pattern in self.sheet.patterns if pattern.slug in slugs),
            ("other_text", other_text[:_MAX_OTHER_TEXT]),
            ("spans", form_spans(spans)),
        ]

    def _as_form_span(self, evidence: MarkedSpan) -> Mapping[str, str | int]:
        """The span as the form sends it, without a pattern that the codebook no longer has: no decision can name it."""
        known = {pattern.slug for pattern in self.sheet.patterns}
        pattern = evidence.pattern if evidence.pattern in known else ""
        return {**evidence.as_span(), "pattern": pattern, "quote": evidence.quote[:_MAX_QUOTE]}

    def _evidence_ids(self, letter: str) -> tuple[int, ...]:
        numbered = enumerate(self.sheet.evidence, start=1)
        return tuple(number for number, span in numbered if letter in span.letters)

    def _answer(self, name: str, side: SheetSide, marks: Iterable[Mark]) -> OverlaidAnswer:
        reasoning = f"{name}.reasoning"
        marked = any(span.inside and span.text == reasoning for span in self.sheet.evidence)
        return OverlaidAnswer(
            name, side, self._overlaid(reasoning, ()), self._overlaid(f"{name}.answer", marks), marked
        )

    def _overlaid(self, name: str, marks: Iterable[Mark]) -> Sequence[Piece]:
        numbered = enumerate(self.sheet.evidence, start=1)
        evidence = {number: span for number, span in numbered if span.inside and span.text == name}
        offsets = {number: (span.start, span.end) for number, span in evidence.items()}
        letters = {number: _shown_letters(span) for number, span in evidence.items()}
        return overlaid(self.sheet.texts[name], marks, offsets, letters)


def adjudication_screen(sheet: AdjudicationSheet) -> AdjudicationScreen:
    """The page as it opens: with the adjudicator's draft if there is one, else with the last decision.

    A draft based on an older decision already shows the refusal that submitting it would get.
    """
    if sheet.draft is None:
        return AdjudicationScreen(sheet, DecisionInput.from_decision(sheet.decision))
    base = sheet.draft.content.get("base_revision")
    outdated = isinstance(base, int) and base < sheet.revision
    return AdjudicationScreen(
        sheet,
        DecisionInput.from_draft(sheet.draft.content),
        draft=DraftState.of(sheet.draft),
        refusal=decided_meanwhile(sheet.case_id, sheet.revision) if outdated else "",
    )


def presence_sentence(at: datetime | None) -> str:
    """The sentence about the last other adjudicator, who opened the case at `at`; "" for None."""
    if at is None:
        return ""
    minutes = max(0, int((timezone.now() - at).total_seconds() // 60))
    if minutes == 0:
        return _("Another adjudicator opened this case just now. You may decide it all the same.")
    if minutes < 60:
        return _("Another adjudicator opened this case %(n)d min ago. You may decide it all the same.") % {"n": minutes}
    hours = minutes // 60
    return _("Another adjudicator opened this case %(n)d h ago. You may decide it all the same.") % {"n": hours}


def _shown_letters(evidence: MarkedSpan) -> Sequence[str]:
    """The letters of the annotators who marked the span; the decision's own sign only if no annotator did."""
    return [letter for letter in evidence.letters if letter != DECISION] or evidence.letters


def _not_shared(card: BlindedAnnotation, cards: Sequence[BlindedAnnotation]) -> frozenset[str]:
    """The slugs of this annotator's patterns that at least one other annotator did not choose."""
    others = [{pattern.slug for pattern in other.patterns} for other in cards if other is not card]
    return frozenset(p.slug for p in card.patterns if not all(p.slug in slugs for slugs in others))
