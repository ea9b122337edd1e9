"""Template values of an adjudicator's page: layered texts, numbered evidence, annotations to copy."""

import json
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

Pair = tuple[str, str]

_MERGED = "merge"
_WORDS = 500  # characters that fit beside a pattern
_QUOTE = 100  # what the page holds of a long quote
_KEYS = ("A", "B")  # the keys of further letters belong to the annotation


@dataclass(frozen=True, slots=True)
class AnnotationCard:
    """One annotator's annotation, with the numbers of the evidence that they marked and the key that takes it all.

    `alone` are slugs of patterns that not everybody named, `gone` of those that have left the codebook since.
    """

    annotation: BlindedAnnotation
    evidence_ids: tuple[int, ...]
    alone: frozenset[str]
    gone: frozenset[str]

    @property
    def key(self) -> str:
        return self.annotation.letter.lower() if self.annotation.letter in _KEYS else ""


@dataclass(frozen=True, slots=True)
class OverlaidAnswer:
    """One of the two columns; `name` is first or second."""

    name: str
    side: SheetSide
    reasoning: Sequence[Piece]
    answer: Sequence[Piece]
    marked_reasoning: bool


@dataclass(frozen=True, slots=True)
class AdjudicationScreen:
    """The values of one page. `typed` is what the fields hold; `refusal` is why the last try was not taken."""

    sheet: AdjudicationSheet
    typed: DecisionInput
    draft: DraftState = NONE
    refusal: str = ""

    @property
    def annotations(self) -> Sequence[AnnotationCard]:
        cards = self.sheet.annotations
        known = {pattern.slug for pattern in self.sheet.patterns}
        gone = frozenset(pattern.slug for card in cards for pattern in card.patterns) - known
        return [AnnotationCard(card, self._spots(card.letter), _alone(card, cards), gone) for card in cards]

    @property
    def differ(self) -> bool:
        """Whether the labels themselves differ, and not only the patterns."""
        return len({card.label for card in self.sheet.annotations}) > 1

    @property
    def others(self) -> str:
        """What is said of other adjudicators who have the case open, "" where nobody has."""
        return opened_by_others(self.sheet.others_present_at)

    @property
    def spans_json(self) -> str:
        """The evidence as typed, without what was sent damaged."""
        read = (read_span(span, self.sheet.texts) for span in self.typed.spans)
        return json.dumps([self._held(span) for span in read if span is not None and span.inside])

    @property
    def prompt(self) -> Sequence[Piece]:
        constraints = self.sheet.constraints
        return self._overlaid("prompt", prompt_marks((each.number, each.span) for each in constraints))

    @property
    def answers(self) -> Sequence[OverlaidAnswer]:
        constraints = self.sheet.constraints
        first = answer_marks((each.number, each.left) for each in constraints)
        second = answer_marks((each.number, each.right) for each in constraints)
        return self._answer("first", self.sheet.first, first), self._answer("second", self.sheet.second, second)

    @property
    def takes(self) -> Mapping[str, Sequence[Pair]]:
        """What each "take" fills in, as names and values of fields: one annotator's annotation, or the union of all."""
        cards = self.sheet.annotations
        return {**{card.letter: self._take([card]) for card in cards}, _MERGED: self._take(cards)}

    @property
    def pieces(self) -> Mapping[int, Mapping[str, str | int]]:
        """Each piece of evidence by its number, as the form holds it."""
        numbered = enumerate(self.sheet.evidence, start=1)
        return {number: self._held(each) for number, each in numbered if each.inside}

    def _take(self, cards: Sequence[BlindedAnnotation]) -> Sequence[Pair]:
        labels = {card.label for card in cards}
        slugs = {pattern.slug for card in cards for pattern in card.patterns}
        words = " / ".join(dict.fromkeys(card.other_text for card in cards if card.other_text))
        letters = {card.letter for card in cards}
        numbered = enumerate(self.sheet.evidence, start=1)
        spans = [self.pieces[number] for number, each in numbered if each.inside and letters & set(each.letters)]
        return [
            *([("label", labels.pop())] if len(labels) == 1 else []),
            *(("patterns", pattern.slug) for pattern in self.sheet.patterns if pattern.slug in slugs),
            ("other_text", words[:_WORDS]),
            ("spans", json.dumps(spans)),
        ]

    def _held(self, evidence: MarkedSpan) -> Mapping[str, str | int]:
        """As the form holds it: without a pattern that has left the codebook, which no decision can have."""
        known = {pattern.slug for pattern in self.sheet.patterns}
        pattern = evidence.pattern if evidence.pattern in known else ""
        return {**evidence.as_span(), "pattern": pattern, "quote": evidence.quote[:_QUOTE]}

    def _spots(self, letter: str) -> tuple[int, ...]:
        numbered = enumerate(self.sheet.evidence, start=1)
        return tuple(number for number, each in numbered if letter in each.letters)

    def _answer(self, name: str, side: SheetSide, marks: Iterable[Mark]) -> OverlaidAnswer:
        reasoning = f"{name}.reasoning"
        marked = any(each.inside and each.text == reasoning for each in self.sheet.evidence)
        return OverlaidAnswer(
            name, side, self._overlaid(reasoning, ()), self._overlaid(f"{name}.answer", marks), marked
        )

    def _overlaid(self, name: str, marks: Iterable[Mark]) -> Sequence[Piece]:
        numbered = enumerate(self.sheet.evidence, start=1)
        found = {number: each for number, each in numbered if each.inside and each.text == name}
        evidence_ids = {number: (each.start, each.end) for number, each in found.items()}
        return overlaid(
            self.sheet.texts[name], marks, evidence_ids, {number: _people(each) for number, each in found.items()}
        )


def adjudication_screen(sheet: AdjudicationSheet) -> AdjudicationScreen:
    """The page as it opens: with the reader's draft if there is one, else with the last decision.

    A draft that was typed on top of an older decision comes with what would be said if it were sent.
    """
    if sheet.draft is None:
        return AdjudicationScreen(sheet, DecisionInput.from_decision(sheet.decision))
    base = sheet.draft.content.get("base_revision")
    overtaken = isinstance(base, int) and base < sheet.revision
    return AdjudicationScreen(
        sheet,
        DecisionInput.from_draft(sheet.draft.content),
        draft=DraftState.of(sheet.draft),
        refusal=decided_meanwhile(sheet.case_id, sheet.revision) if overtaken else "",
    )


def opened_by_others(at: datetime | None) -> str:
    """The sentence for the last of them, who opened the case at that time; "" for nobody."""
    if at is None:
        return ""
    minutes = max(0, int((timezone.now() - at).total_seconds() // 60))
    if minutes == 0:
        return _("Another adjudicator opened this case just now. You may decide it all the same.")
    if minutes < 60:
        return _("Another adjudicator opened this case %(n)d min ago. You may decide it all the same.") % {"n": minutes}
    hours = minutes // 60
    return _("Another adjudicator opened this case %(n)d h ago. You may decide it all the same.") % {"n": hours}


def _people(evidence: MarkedSpan) -> Sequence[str]:
    """Who marked it; the decision's own sign only where nobody did."""
    return [letter for letter in evidence.letters if letter != DECISION] or evidence.letters


def _alone(card: BlindedAnnotation, cards: Sequence[BlindedAnnotation]) -> frozenset[str]:
    """The slugs of the patterns that this annotator named and not everybody else did."""
    others = [{pattern.slug for pattern in each.patterns} for each in cards if each is not card]
    return frozenset(p.slug for p in card.patterns if not all(p.slug in slugs for slugs in others))
