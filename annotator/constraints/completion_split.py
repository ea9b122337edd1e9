"""Splits a completion into reasoning and answer and reports a split status.

Owns the rules and their five statuses; knows nothing of models or of constraints. Under every rule the blocks in which
a model thinks by itself (`think_blocks`) are reasoning, and lines that copy the form (`answer_form`) are neither part.
What is left is split:

- A marker needs text after it to count. Of repeated markers the last such one splits the completion
  (`repeated_marker`): the prompt asks for a final answer, and a model that drafts and answers again, or runs on after
  its answer, gives its final answer last. The text before it stays visible as reasoning. A `THINK:` after an answer
  ends that answer.
- No marker, but a block or separate reasoning: all of the rest is the answer.
- No marker and the model was cut off (`truncated`): all of it is reasoning, the answer is empty.
- No marker though the model stopped by itself (`missing_marker`): the whole completion is the answer, so that nothing
  is silently lost. An unclosed block is the exception: the model has marked the text after it as reasoning.
- No text for an answer: `truncated` after a block if the model was cut off, else `empty`.
- A block that was never closed ends at a marker ANSWER: in it, where markers are looked for.
- Several blocks: `repeated_marker`. Everything else is `clean`.

Reasoning and answer are stripped of white space; a completion in which nothing is to be split stays as it is.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from annotator.constraints.answer_form import ANSWER_MARKER, THINK_MARKER, placeholder_spans
from annotator.constraints.think_blocks import ThinkBlock, think_blocks
from annotator.constraints.verdict import Span

CLEAN, MISSING, REPEATED, TRUNCATED, EMPTY = "clean", "missing_marker", "repeated_marker", "truncated", "empty"

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Split:
    """Reasoning and answer, with their offsets in the completion.

    A span covers what was cut out of its part, too: a think block in the middle of an answer.
    """

    reasoning: str
    answer: str
    reasoning_span: Span | None  # None where there is no reasoning
    answer_span: Span
    status: str  # CLEAN, MISSING, REPEATED, TRUNCATED or EMPTY


@dataclass(frozen=True, slots=True)
class _Parts:
    """The outcome of one rule, as spans of the text."""

    reasoning: Span
    answer: Span
    status: str


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a completion ended: cut off at the token limit; with reasoning found outside the text of the rule."""

    truncated: bool
    reasoned: bool


def split_completion(
    text: str, how: str, *, thought_prefix: str | None = None, truncated: bool = False, reasoned: bool = False
) -> Split:
    """Split `text` in the way `how`: "none" (blocks alone), "markers", "first_marker", "think_tags" or "prefix".

    "first_marker" is for a text whose first ANSWER: was written for the model; "think_tags" expects a block.

    `truncated`: the model was cut off at its token limit. `reasoned`: its reasoning is separate from `text`, which
    then needs no marker. Raises `ValueError` for an unknown `how`, and for "prefix" without a `thought_prefix`.
    """
    rule = _rule(how, thought_prefix)
    blocks = think_blocks(text)
    if how in ("markers", "first_marker"):
        blocks = _ended_by_marker(text, blocks)
    hidden = _united([block.outer for block in blocks], placeholder_spans(text))
    shown = _blanked(text, hidden)
    parts = rule(shown, _Ending(truncated, reasoned or bool(blocks)))
    if hidden:
        status = _status(parts, shown, blocks, truncated=truncated)
        parts = _Parts(_trimmed(shown, parts.reasoning), _trimmed(shown, parts.answer), status)
    reasoning = [*(block.inner for block in blocks), *_pieces(parts.reasoning, hidden)]
    trimmed = sorted(span for piece in reasoning if (span := _trimmed(text, piece))[0] < span[1])
    return Split(
        reasoning="\n\n".join(text[slice(*span)] for span in trimmed),
        answer=_joined(text, list(_pieces(parts.answer, hidden))),
        reasoning_span=(trimmed[0][0], trimmed[-1][1]) if trimmed else None,
        answer_span=parts.answer,
        status=parts.status,
    )


def _ended_by_marker(text: str, blocks: list[ThinkBlock]) -> list[ThinkBlock]:
    """The blocks; one left open before a marker ANSWER: with text gives way to that marker, which the rule finds."""
    if not blocks or blocks[-1].closed:
        return blocks
    start, end = blocks[-1].inner
    marker = ANSWER_MARKER.search(text, start)
    if marker is None or not text[marker.end() : end].strip():
        return blocks
    return [*blocks[:-1], ThinkBlock((blocks[-1].outer[0], start), (start, start))]


def _rule(how: str, thought_prefix: str | None) -> Callable[[str, _Ending], _Parts]:
    if how == "prefix":
        if not (thought_prefix and thought_prefix.strip()):
            raise ValueError("splitting by prefix needs a thought_prefix, for example 'Thought:'")
        prefix = thought_prefix.strip()
        return lambda text, ending: _by_prefix(text, prefix, ending)
    if how not in _WAYS:
        known = ", ".join(sorted([*_WAYS, "prefix"]))
        raise ValueError(f"unknown way to split a completion {how!r}; known ways: {known}")
    return _WAYS[how]


def _whole(text: str, ending: _Ending) -> _Parts:
    return _Parts((0, 0), (0, len(text)), CLEAN if text.strip() else EMPTY)


def _by_markers(text: str, ending: _Ending) -> _Parts:
    thinks, answers = list(THINK_MARKER.finditer(text)), list(ANSWER_MARKER.finditer(text))
    start = thinks[0].end() if thinks and (not answers or thinks[0].start() < answers[0].start()) else 0
    if not THINK_MARKER.sub("", text).strip():
        return _Parts((0, 0), (len(text), len(text)), EMPTY) if thinks else _whole(text, ending)
    if not answers:
        return _without_mark(text, start, ending, begun=bool(thinks))
    return _at_last_mark(text, start, answers, [mark for mark in thinks if mark.start() > answers[0].start()])


def _by_first_marker(text: str, ending: _Ending) -> _Parts:
    """Split at the first ANSWER:, which was written for the model; later markers are words of its answer.

    Markers that follow at once, with nothing between, are the form once more and no words.
    """
    first = ANSWER_MARKER.search(text)
    if first is None:
        return _by_markers(text, ending)
    begun, end = THINK_MARKER.search(text), first.end()
    start = begun.end() if begun and begun.start() < first.start() else 0
    for marker in sorted([*THINK_MARKER.finditer(text, end), *ANSWER_MARKER.finditer(text, end)], key=re.Match.start):
        if text[end : marker.start()].strip():
            break
        end = marker.end()
    status = CLEAN if text[end:].strip() else EMPTY
    return _trimmed_parts(text, (start, first.start()), (end, len(text)), status)


def _by_tags(text: str, ending: _Ending) -> _Parts:
    return _whole(text, ending) if ending.reasoned else _without_mark(text, 0, ending)


def _by_prefix(text: str, prefix: str, ending: _Ending) -> _Parts:
    opening = re.compile(rf"\s*{re.escape(prefix)}")
    opened = opening.match(text)
    if not opened:
        return _without_mark(text, 0, _Ending(truncated=False, reasoned=ending.reasoned))
    marks = []
    position: int | None = opened.end()
    while position is not None:
        blank = _BLANK_LINE.search(text, position)
        if not blank:
            break
        marks.append(blank)
        reopened = opening.match(text, blank.end())
        position = reopened.end() if reopened else None
    start = opened.end()
    return _at_last_mark(text, start, marks) if marks else _without_mark(text, start, ending, begun=True)


_WAYS: dict[str, Callable[[str, _Ending], _Parts]] = {
    "none": _whole,
    "markers": _by_markers,
    "first_marker": _by_first_marker,
    "think_tags": _by_tags,
}


def _at_last_mark(text: str, start: int, marks: list[re.Match[str]], stops: Sequence[re.Match[str]] = ()) -> _Parts:
    """Split at the last of `marks` with text before the next mark or stop; reasoning begins at `start`."""
    edges = [*sorted(mark.start() for mark in (*marks, *stops)), len(text)]
    answers = [(mark.end(), edges[bisect_right(edges, mark.start())]) for mark in marks]
    not_blank = [index for index, answer in enumerate(answers) if text[slice(*answer)].strip()]
    chosen = not_blank[-1] if not_blank else -1
    status = EMPTY if not not_blank else REPEATED if len(marks) + len(stops) > 1 else CLEAN
    before = marks[chosen].start()
    return _trimmed_parts(text, (min(start, before), before), answers[chosen], status)


def _without_mark(text: str, start: int, ending: _Ending, *, begun: bool = False) -> _Parts:
    """No marker ends the reasoning; `begun` says that one begins it, at `start`."""
    if not text.strip():
        return _Parts((0, 0), (0, len(text)), EMPTY)
    if ending.reasoned and not begun:
        return _Parts((0, 0), (0, len(text)), CLEAN)
    if ending.truncated:
        return _trimmed_parts(text, (start, len(text)), (len(text), len(text)), TRUNCATED)
    return _Parts((0, 0), (0, len(text)), MISSING)


def _status(parts: _Parts, shown: str, blocks: Sequence[ThinkBlock], *, truncated: bool) -> str:
    """Return the status of a completion with blocks or copied lines; the rule alone came to `parts`."""
    if blocks and not blocks[-1].closed:
        return TRUNCATED if truncated else MISSING
    if not shown[slice(*parts.answer)].strip():
        return TRUNCATED if truncated else EMPTY
    repeated = len(blocks) > 1 or any(block.united for block in blocks)
    return REPEATED if parts.status == CLEAN and repeated else parts.status


def _united(blocks: Sequence[Span], copied: Sequence[Span]) -> list[Span]:
    """All of these spans in order; what a copied line shares with a block belongs to the block."""
    starts, ends = [start for start, _end in blocks], [end for _start, end in blocks]
    # Blocks are in order and apart: as many begin before the line ends as end before it begins, unless one meets it.
    separate = [span for span in copied if bisect_left(starts, span[1]) == bisect_right(ends, span[0])]
    return sorted([*blocks, *separate])


def _blanked(text: str, hidden: Sequence[Span]) -> str:
    """`text` with the hidden spans as line breaks: every offset stays, and no rule reads what is hidden."""
    pieces, shown_from = [], 0
    for start, end in hidden:
        pieces += [text[shown_from:start], "\n" * (end - start)]
        shown_from = end
    return "".join([*pieces, text[shown_from:]])


def _pieces(span: Span, hidden: Sequence[Span]) -> Iterator[Span]:
    """What is left of `span` between the hidden spans."""
    start, stop = span
    for hidden_start, hidden_end in hidden:
        if start < hidden_end and hidden_start < stop:
            yield start, max(start, hidden_start)
            start = min(stop, hidden_end)
    yield start, stop


def _joined(text: str, pieces: list[Span]) -> str:
    """The pieces of an answer in one. Where something was cut out, the wider white space of its two ends stays."""
    if len(pieces) == 1:
        return text[slice(*pieces[0])]
    words = list[str]()
    space = ""  # behind the last words
    for piece in pieces:
        start, stop = _trimmed(text, piece)
        if start == stop:
            space += text[slice(*piece)]
            continue
        words += [max(space, text[piece[0] : start], key=len) or "\n"] if words else []
        words.append(text[start:stop])
        space = text[stop : piece[1]]
    return "".join(words)


def _trimmed_parts(text: str, reasoning: Span, answer: Span, status: str) -> _Parts:
    return _Parts(_trimmed(text, reasoning), _trimmed(text, answer), status)


def _trimmed(text: str, span: Span) -> Span:
    part = text[slice(*span)]
    start = span[0] + len(part) - len(part.lstrip())
    return start, max(start, start + len(part.strip()))
