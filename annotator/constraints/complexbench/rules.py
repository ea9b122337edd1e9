"""ComplexBench rules, decided on extracted segments: true, false, or 2 for an unknown verb.

Verdicts are those of the official rule checker, its oddities included; each has evidence. Where the official code
crashes on a rule, `decide` raises a `RuleError`. Knows nothing of language models, instances and storage.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

from annotator.constraints.complexbench.errors import ArgumentError
from annotator.constraints.complexbench.text_forms import unquoted
from annotator.constraints.complexbench.verbs import MODEL_VERBS, PLAIN_VERBS, Verb
from annotator.constraints.messages import joined, msg
from annotator.constraints.verdict import MAX_SPANS, Verdict

UNKNOWN_VERB: Literal[2] = 2
"""The official code's result for a rule whose verb it does not know."""

SHOWN_NOTES = 5  # of violated segments


class SegmentSpan(NamedTuple):
    """`[start, end)` in the text of one segment, by the segment's index."""

    segment: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """The verdict of a rule on segments. For an unknown verb `obeyed` is None and `verb` is empty."""

    verb: str
    obeyed: bool | None
    observed: str
    required: str
    spans: tuple[SegmentSpan, ...]
    note: str

    @property
    def official(self) -> bool | Literal[2]:
        """The verdict in the form of the official code and the statistics."""
        return UNKNOWN_VERB if self.obeyed is None else self.obeyed

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"spans": [list(span) for span in self.spans]}


def decide(rule: str, segments: Sequence[str]) -> RuleVerdict:
    """Decide `rule` on `segments`.

    Raises `ArgumentError` where the rule's arguments cannot be read, `SegmentError` where a segment cannot.
    """
    verb = _verb_of(rule)
    if verb is None:
        if segments and not _names_model_verb(rule):
            unquoted(segments[0])  # the official code takes the quotes off before it looks for a plain verb
        return RuleVerdict("", None, msg("no verdict"), "", (), _why_unknown(rule))
    if not segments or list(segments) == [""]:
        if verb.vacuous:
            note = msg("there is no text to judge, which '%(verb)s' counts as obeyed", verb=verb.name)
        else:
            note = msg("there is no text to judge, which '%(verb)s' counts as violated", verb=verb.name)
        return RuleVerdict(verb.name, verb.vacuous, msg("no text"), "", (), note)
    verdict = _combined(verb.name, verb.judge(rule, segments))
    if rule.startswith(verb.needles[0]):
        return verdict
    note = msg("the official code finds '%(verb)s' inside this rule and decides it as that", verb=verb.name)
    return replace(verdict, note=joined(verdict.note, note))


def argument_problem(rule: str) -> str:
    """Return a sentence on why this rule can decide no text, or "" for a rule that can be used."""
    try:
        decide(rule, ["a"])
    except ArgumentError as error:
        return str(error)
    return ""


def _verb_of(rule: str) -> Verb | None:
    """Choose the verb as the official code does: the first found anywhere in the rule, its arguments included."""
    for verb in MODEL_VERBS:
        if verb.decides(rule):
            return verb
    if _names_model_verb(rule):
        return None
    return next((verb for verb in PLAIN_VERBS if verb.decides(rule)), None)


def _names_model_verb(rule: str) -> bool:
    return "model" in rule or "each" in rule


def _why_unknown(rule: str) -> str:
    for word in ("model", "each"):
        if word in rule and any(verb.decides(rule) for verb in PLAIN_VERBS):
            return msg("the rule holds %(word)r, and so the official code takes its verb for an unknown one", word=word)
    return msg("the rule names no known verb")


def _combined(name: str, placed: Sequence[tuple[int, Verdict]]) -> RuleVerdict:
    """Combine the verdicts on the checked segments; a violation shows only the segments that violate."""
    if not placed:
        note = msg("every part is blank, which the official code counts as obeyed")
        return RuleVerdict(name, True, msg("no text"), "", (), note)
    failing = [(index, verdict) for index, verdict in placed if not verdict.obeyed]
    shown, alone = failing or placed, len(placed) == 1
    spans = [SegmentSpan(index, *span) for index, verdict in shown for span in verdict.spans]
    notes = [_placed(index, verdict.note, alone=alone) for index, verdict in shown if verdict.note]
    first = shown[0][1]
    obeying = msg("%(n)d of %(all)d parts obey", n=len(placed) - len(failing), all=len(placed))
    observed = first.observed if alone else obeying
    more = msg("and %(n)d more", n=len(notes) - SHOWN_NOTES) if notes[SHOWN_NOTES:] else ""
    note = joined(*notes[:SHOWN_NOTES], more)
    return RuleVerdict(name, not failing, observed, first.required, tuple(spans[:MAX_SPANS]), note)


def _placed(index: int, note: str, *, alone: bool) -> str:
    return note if alone else msg("part %(n)d: %(note)s", n=index + 1, note=note)
