"""Answers with everything masked that tells which one was reasoned for, by one rule for both sides.

Pure: owns the rule, and whether it can hide all of a pair; knows nothing of rows, runs or screens. Hidden are the
markers of a split (THINK:, ANSWER: and their like), think tags, and placeholders of a template that a model copied.
What the prompt itself writes is left, for there it is part of the task.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

Span = tuple[int, int]

_WORDS = r"think(?:ing)?|thoughts?|reasoning|(?:(?:the|my)\s+)?(?:final\s+)?answer"
# A marker: one of the words with a colon where a line begins, in bold or as a heading too; THINK: and ANSWER: anywhere.
_MARKER = rf"^[^\S\n]*(?:\#{{1,6}}[^\S\n]+)?(?:\*\*|__)?(?i:{_WORDS})(?:\*\*|__)?[^\S\n]*:(?:\*\*|__)?"
_CAPITALS = r"(?:\*\*|__)?\b(?:THINK|ANSWER)(?:\*\*|__)?[^\S\n]*:(?:\*\*|__)?"
# Tags of think blocks in every form that `constraints.think_blocks` knows, and their like.
_TAG = (
    r"<\s*/?\s*(?i:(?:seed:)?think(?:ing)?|thoughts?|reasoning|answer)\s*/?>"
    r"|\[/?THINK\]|◁/?think▷|<\|(?:begin|end)_of_thought\|>"
)
_PLACEHOLDER = r"<[^<>\n]{0,200}\b(?i:think|step[- ]by[- ]step|(?:final|your) answer)\b[^<>\n]{0,200}>"
_TELLING = re.compile("|".join((_MARKER, _CAPITALS, _TAG, _PLACEHOLDER)), re.MULTILINE)
# What is left of them where nothing could be taken out.
_LEFT = re.compile(rf"\b(?:THINK|ANSWER)\b|{_TAG}|{_PLACEHOLDER}")


@dataclass(frozen=True, slots=True)
class BlindText:
    """One answer as it is shown before the sides are named; `kept` are the pieces of it that `text` is made of."""

    text: str
    kept: tuple[Span, ...]
    masked: bool
    """Whether more than white space at the ends was taken out."""

    def shown_spans(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        """Map spans of the whole answer into `text`, without those that are taken out."""
        starts = [start for start, _end in self.kept]
        before = [0, *accumulate(end - start for start, end in self.kept)]  # characters kept before each piece

        def place(position: int) -> int:
            piece = bisect_right(starts, position) - 1
            return before[piece] + min(position, self.kept[piece][1]) - starts[piece] if piece >= 0 else 0

        shown = ((place(start), place(end)) for start, end in spans)
        return tuple((start, end) for start, end in shown if start < end)

    @property
    def tells(self) -> bool:
        """Whether it still holds a mark of reasoning. In a text of capitals alone such words are only words."""
        return bool(_LEFT.search(self.text)) and self.text.upper() != self.text


def blind_text(answer: str, prompt: str) -> BlindText:
    """The answer to `prompt` without what tells that it was reasoned for, and without white space at its ends."""
    taken = list(_taken(answer, prompt.casefold()))
    edges = [0, *(edge for span in taken for edge in span), len(answer)]
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    inside = [place for start, end in pieces for place in _ends(answer, start, end)]
    first, last = (inside[0], inside[-1]) if inside else (0, 0)
    kept = tuple((max(start, first), min(end, last)) for start, end in pieces if start < last and end > first)
    return BlindText("".join(answer[slice(*span)] for span in kept), kept, masked=bool(taken))


def is_blind(prompt: str, first: str, second: str, *, verdicts: bool) -> bool:
    """Whether the blind step can show these two answers alike: nothing on the page tells which was reasoned for.

    An answer with nothing in it beside one with words cannot be hidden, nor can marks that the prompt has as well.
    `verdicts` are on the whole answers, so where they are shown, both sides or neither must have been masked.
    """
    one, other = blind_text(first, prompt), blind_text(second, prompt)
    alike = bool(one.text) == bool(other.text) and one.tells == other.tells
    return alike and (not verdicts or one.masked == other.masked)


def _taken(answer: str, prompt: str) -> Iterator[Span]:
    """What is taken out, in order and apart: at the beginning of a line with the white space behind it."""
    start = end = 0
    for match in _TELLING.finditer(answer):
        if match[0].strip(" \t#*_").casefold() in prompt:
            continue
        if match.start() > end:
            if start < end:
                yield start, end
            start = match.start()
        elif start == end:
            start = match.start()
        end = _behind(answer, start, match.end())
    if start < end:
        yield start, end


def _behind(answer: str, start: int, end: int) -> int:
    """Where the white space behind a piece ends; that of its own line alone where words stand before it."""
    line = answer[answer.rfind("\n", 0, start) + 1 : start]
    space = re.compile(r"[^\S\n]*" if line.strip() else r"\s*")
    found = space.match(answer, end)
    return found.end() if found else end


def _ends(answer: str, start: int, end: int) -> tuple[int, ...]:
    """Where the words of a piece begin and end; () for white space."""
    piece = answer[start:end]
    return (end - len(piece.lstrip()), start + len(piece.rstrip())) if piece.strip() else ()
