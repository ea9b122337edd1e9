"""Marks of scoring questions, from the replies of judge or extractor, with evidence in the text.

A question's mark is `obeyed`, `violated`, `unknown_verb` (the rule's verb is not known) or `unparsed` (nothing could be
read or decided). A reply that was cut off at the token limit is unparsed whatever it says: half an extraction must not
be measured. Knows no model and no storage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.constraints.completion_split import split_completion
from annotator.constraints.complexbench.aggregation import Mark
from annotator.constraints.complexbench.errors import RuleError
from annotator.constraints.complexbench.replies import parse_extraction, parse_judge_reply
from annotator.constraints.complexbench.rules import SegmentSpan, decide
from annotator.constraints.messages import Unit, amount, joined, msg, quoted
from annotator.constraints.verdict import MAX_SPANS, Span, Verdict

MARKING_VERSION = "complexbench-1"
"""Changes whenever a mark or its evidence can change for the same reply; stored beside every verdict."""

MARKS: dict[str, Mark] = {"obeyed": True, "violated": False, "unknown_verb": 2, "unparsed": None}
"""What the statistics count for each mark."""

_NAMES: dict[Mark, str] = {mark: name for name, mark in MARKS.items()}


@dataclass(frozen=True, slots=True)
class Marking:
    """A mark, the segments that a rule was decided on (None without one), and the evidence on the judged text."""

    mark: str
    segments: tuple[str, ...] | None
    evidence: Verdict


def mark_reply(rule: str | None, raw: str, text: str, *, truncated: bool = False) -> Marking:
    """Reads a judge's reply, or with a `rule` an extractor's, on `text`. A model's own thinking goes unread."""
    if truncated:
        return _unparsed(msg("the reply was cut off at the token limit"))
    reply = split_completion(raw, "think_tags").answer
    if rule is None:
        return _judged(reply)
    extraction = parse_extraction(reply, text)
    if extraction.kind == "unparsed":
        return _unparsed(msg("the extractor's reply is blank"))
    return mark_segments(rule, extraction.segments, text)


def mark_segments(rule: str, segments: Sequence[str], text: str) -> Marking:
    """Decides `rule` on segments of `text`; where the official code would crash, the question is unparsed."""
    kept = tuple(segments)
    try:
        verdict = decide(rule, kept)
    except RuleError as error:
        return _unparsed(error.sentence, kept)
    starts = _starts(text, kept)
    absent = starts.count(None)
    parts = amount(len(kept), Unit("%(n)s part", "%(n)s parts"))
    strange = msg("%(n)d of %(parts)s not found word for word in the judged text", n=absent, parts=parts)
    evidence = Verdict(
        obeyed=verdict.obeyed,
        observed=verdict.observed,
        required=verdict.required,
        spans=_moved(verdict.spans, starts),
        note=joined(verdict.note, strange if absent else ""),
    )
    return Marking(_NAMES[verdict.official], kept, evidence)


def mark_alone(mark: str) -> Marking:
    """A mark that came without the reply it was read from."""
    obeyed, observed, note = _ALONE[mark]
    return Marking(mark, None, Verdict(obeyed, observed, msg("yes"), (), note))


_ALONE: dict[str, tuple[bool | None, str, str]] = {
    "obeyed": (True, msg("yes"), ""),
    "violated": (False, msg("no"), msg("marked violated; the reply is not known")),
    "unknown_verb": (None, msg("undecided"), msg("marked unknown verb; the reply is not known")),
    "unparsed": (None, msg("undecided"), msg("marked unparsed; the reply is not known")),
}


def _judged(reply: str) -> Marking:
    obeyed = parse_judge_reply(reply).obeyed
    if obeyed is None and not reply:
        return _unparsed(msg("the reply is blank"))
    if obeyed is None:
        return _unparsed(msg("the judge's reply is neither yes nor no: %(reply)s", reply=quoted(reply)))
    observed, note = (msg("yes"), "") if obeyed else (msg("no"), msg("the judge answered no"))
    return Marking(_NAMES[obeyed], None, Verdict(obeyed, observed, msg("yes"), (), note))


def _unparsed(why: str, segments: tuple[str, ...] | None = None) -> Marking:
    return Marking("unparsed", segments, Verdict(None, msg("undecided"), msg("yes"), (), why))


def _moved(spans: Sequence[SegmentSpan], starts: Sequence[int | None]) -> tuple[Span, ...]:
    """Spans of segments as spans of the text; those of a segment that does not stand in the text are dropped."""
    moved = {(start + span.start, start + span.end) for span in spans if (start := starts[span.segment]) is not None}
    return tuple(sorted((start, end) for start, end in moved if start < end))[:MAX_SPANS]


def _starts(text: str, segments: Sequence[str]) -> list[int | None]:
    """Where each segment stands: behind the one before it if it does, so that equal parts are told apart."""
    starts: list[int | None] = []
    behind = 0
    for segment in segments:
        start = text.find(segment, behind)
        if start < 0:
            start = text.find(segment)
        starts.append(start if start >= 0 else None)
        if start >= 0:
            behind = start + len(segment)
    return starts
