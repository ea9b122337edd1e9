"""Word differences of two texts. Pure, and symmetric, so that they reveal neither side.

Words are mapped to numbers and compared by Levenshtein distance (`rapidfuzz`), in half a second where Python's difflib
takes minutes. A Chinese or Japanese character is a word. Grapheme clusters are never cut: a letter keeps its accents,
an emoji family its members and a flag its two halves. White space has no influence on which words match; the white
space between matching words is then compared exactly, since blank lines, tabs and no-break spaces decide constraints.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex  # type: ignore[import-untyped]
from rapidfuzz.distance import Levenshtein, Opcode

_HAN = r"[\u3040-\u30ff\u3400-\u9fff]"
WORD = rf"{_HAN}\p{{M}}*|(?:(?!{_HAN})[\w\p{{M}}\u200c\u200d])+|(?!\s)\X"
_WORD = regex.compile(WORD)
_ASCII_WORD = re.compile(r"\w+|[^\w\s]", re.ASCII)  # the same for a text of ASCII alone, in a third of the time
MAX_COST = 2_000_000_000  # product of the word counts: two texts of about 220 kB, a third of a second
_MAX_CHANGES = 6_000

Span = tuple[int, int]
Change = tuple[int, int, int, int]  # [start, end) of words that differ, on the left and on the right


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of one text; `changed` if the other text differs here."""

    text: str
    changed: bool


def difference(left: str, right: str) -> tuple[Sequence[Piece], Sequence[Piece]] | None:
    """The pieces of both texts, which joined give the text again; None if the texts are too long or too different."""
    words = [_spans(left), _spans(right)]
    numbers: dict[str, int] = {}
    ids = [
        [numbers.setdefault(text[start:end], len(numbers)) for start, end in spans]
        for text, spans in zip((left, right), words, strict=True)
    ]
    if len(ids[0]) * len(ids[1]) > MAX_COST:
        return None
    changes = _changes(Levenshtein.opcodes(*ids))
    gaps = [_gaps(text, spans) for text, spans in zip((left, right), words, strict=True)]
    blanks = list(_blank_changes(changes, *gaps))
    if len(changes) + len(blanks) > _MAX_CHANGES:
        return None
    sides = []
    for side, text in enumerate((left, right)):
        of_words = [_reach(words[side][change[2 * side] : change[2 * side + 1]]) for change in changes]
        of_gaps = [gaps[side].spans[pair[side]] for pair in blanks]
        sides.append(list(_pieces(text, sorted({*of_words, *of_gaps}))))
    return sides[0], sides[1]


def _spans(text: str) -> list[Span]:
    words = _ASCII_WORD if text.isascii() else _WORD
    return [match.span() for match in words.finditer(text)]


def _changes(steps: Iterable[Opcode]) -> list[Change]:
    """Differing word ranges `(start, end, other_start, other_end)`; two with one common word between are merged."""
    changes: list[Change] = []
    for step in steps:
        if step.tag == "equal":
            continue
        start, end, other_start, other_end = step.src_start, step.src_end, step.dest_start, step.dest_end
        if changes and start - changes[-1][1] <= 1 and other_start - changes[-1][3] <= 1:
            changes[-1] = (changes[-1][0], end, changes[-1][2], other_end)
        else:
            changes.append((start, end, other_start, other_end))
    return changes


@dataclass(frozen=True, slots=True)
class _Gaps:
    """What stands before each word of a text, and after the last: one more than there are words."""

    spans: Sequence[Span]
    blanks: Sequence[str]


def _gaps(text: str, words: Sequence[Span]) -> _Gaps:
    edges = [0, *(edge for word in words for edge in word), len(text)]
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    return _Gaps(spans, [text[start:end] for start, end in spans])


def _blank_changes(changes: Sequence[Change], left: _Gaps, right: _Gaps) -> Iterator[tuple[int, int]]:
    """Pairs of gaps, by their places left and right, that stand beside the same words and are not the same."""
    excused = set(_excused(changes, left.blanks, right.blanks))
    at, other_at = 0, 0
    last = len(left.blanks) - 1, len(right.blanks) - 1
    for start, end, other_start, other_end in [*changes, (last[0], last[0], last[1], last[1])]:
        for pair in zip(range(at, start + 1), range(other_at, other_start + 1), strict=True):
            if left.blanks[pair[0]] != right.blanks[pair[1]] and pair not in excused:
                yield pair
        at, other_at = end, other_end


def _excused(changes: Iterable[Change], left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of gaps that may differ: beside words that one text lacks, its only gap is the one before or after them.

    And beside words that differ a sign follows at once where a word follows a space.
    """
    for start, end, other_start, other_end in changes:
        before, after = (start, other_start), (end, other_end)
        if start < end and other_start < other_end:
            yield from (pair for pair in (before, after) if {left[pair[0]], right[pair[1]]} == {"", " "})
        elif any(left[pair[0]] == right[pair[1]] for pair in (before, after)):
            yield from (before, after)
        else:
            yield before


def _reach(words: Sequence[Span]) -> Span:
    """From the beginning of the first word to the end of the last; nothing where there is none."""
    return (words[0][0], words[-1][1]) if words else (0, 0)


def _pieces(text: str, changes: Iterable[Span]) -> Iterator[Piece]:
    """Cut `text` at `changes`, ordered ranges of characters; an empty range: only the other text has words there."""
    at = 0
    for start, end in changes:
        if start == end:
            continue
        if at < start:
            yield Piece(text[at:start], changed=False)
        yield Piece(text[start:end], changed=True)
        at = end
    if at < len(text):
        yield Piece(text[at:], changed=False)
