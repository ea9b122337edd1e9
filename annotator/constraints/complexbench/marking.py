"""Marks of scoring questions: from replies of judge or extractor, with evidence in the judged text.

A mark is `obeyed`, `violated`, `unknown_verb` (the rule's verb is not known) or `unparsed` (the reply could not be read
or the rule not decided). A reply that was cut off at the token limit is unparsed, since half an extraction must not be
measured. Knows no model and no storage.
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
"""Each mark as the statistics count it."""

_NAMES: dict[Mark, str] = {mark: name for name, mark in MARKS.items()}


@dataclass(frozen=True, slots=True)
class Marking:
    """A mark with its evidence."""

    mark: str  # a key of MARKS
    segments: tuple[str, ...] | None  # what the rule was decided on; None without a rule
    evidence: Verdict  # its spans are offsets into the judged text


def mark_reply(
    rule: str | None, raw: str, text: str, *, truncated: bool = False, probability: float | None = None
) -> Marking:
    """Mark `text` by the reply `raw` of a judge, or with a `rule` of an extractor; reasoning in <think> is ignored.

    `probability` is that of yes, where the judge's reply was read from the probabilities of the two labels.
    """
    if truncated:
        return _unparsed(msg("the reply was cut off at the token limit"))
    reply = split_completion(raw, "think_tags").answer
    if rule is None:
        return _mark_judge_reply(reply, probability)
    extraction = parse_extraction(reply, text)
    if extraction.kind == "unparsed":
        return _unparsed(msg("the extractor's reply is blank"))
    return mark_segments(rule, extraction.segments, text)


def mark_segments(rule: str, segments: Sequence[str], text: str) -> Marking:
    """Decide `rule` on segments of `text`; where the official code would crash, the mark is unparsed."""
    kept = tuple(segments)
    try:
        verdict = decide(rule, kept)
    except RuleError as error:
        return _unparsed(error.sentence, kept)
    starts = _segment_starts(text, kept)
    absent = starts.count(None)
    parts = amount(len(kept), Unit("%(n)s part", "%(n)s parts"))
    not_copied = msg("%(n)d of %(parts)s not found word for word in the judged text", n=absent, parts=parts)
    evidence = Verdict(
        obeyed=verdict.obeyed,
        observed=verdict.observed,
        required=verdict.required,
        spans=_in_text(verdict.spans, starts),
        note=joined(verdict.note, not_copied if absent else ""),
    )
    return Marking(_NAMES[verdict.official], kept, evidence)


def mark_alone(mark: str) -> Marking:
    """Return the marking of a mark that was imported without a reply."""
    obeyed, observed, note = _WITHOUT_REPLY[mark]
    return Marking(mark, None, Verdict(obeyed, observed, msg("yes"), (), note))


_WITHOUT_REPLY: dict[str, tuple[bool | None, str, str]] = {
    "obeyed": (True, msg("yes"), ""),
    "violated": (False, msg("no"), msg("marked violated; the reply is not known")),
    "unknown_verb": (None, msg("undecided"), msg("marked unknown verb; the reply is not known")),
    "unparsed": (None, msg("undecided"), msg("marked unparsed; the reply is not known")),
}


def _mark_judge_reply(reply: str, probability: float | None) -> Marking:
    obeyed = parse_judge_reply(reply).obeyed
    if obeyed is None and not reply:
        return _unparsed(msg("the reply is blank"))
    if obeyed is None:
        return _unparsed(msg("the judge's reply is neither yes nor no: %(reply)s", reply=quoted(reply)))
    observed = msg("yes") if obeyed else msg("no")
    if probability is not None:
        observed = msg("%(reply)s (probability of yes %(p)s)", reply=observed, p=f"{probability:.2f}")
    note = "" if obeyed else msg("the judge answered no")
    return Marking(_NAMES[obeyed], None, Verdict(obeyed, observed, msg("yes"), (), note))


def _unparsed(why: str, segments: tuple[str, ...] | None = None) -> Marking:
    return Marking("unparsed", segments, Verdict(None, msg("undecided"), msg("yes"), (), why))


def _in_text(spans: Sequence[SegmentSpan], starts: Sequence[int | None]) -> tuple[Span, ...]:
    """Map spans of segments to the text; spans of a segment that is not in the text are dropped."""
    mapped = {(start + span.start, start + span.end) for span in spans if (start := starts[span.segment]) is not None}
    return tuple(sorted((start, end) for start, end in mapped if start < end))[:MAX_SPANS]


def _segment_starts(text: str, segments: Sequence[str]) -> list[int | None]:
    """Find each segment in the text, after the one before it if possible, so that equal segments are distinguished."""
    starts: list[int | None] = []
    previous_end = 0
    for segment in segments:
        start = text.find(segment, previous_end)
        if start < 0:
            start = text.find(segment)
        starts.append(start if start >= 0 else None)
        if start >= 0:
            previous_end = start + len(segment)
    return starts
