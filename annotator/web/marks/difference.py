"""Word differences of two texts. Pure, and symmetric, so that they reveal neither side.

Words are mapped to numbers and compared by Levenshtein distance (`rapidfuzz`), in half a second where Python's difflib
takes minutes. White space is ignored, and a Chinese or Japanese character is a word. Grapheme clusters are never cut: a
letter keeps its accents, an emoji family its members and a flag its two halves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex  # type: ignore[import-untyped]
from rapidfuzz.distance import Levenshtein, Opcode

_HAN = r"[\u3040-\u30ff\u3400-\u9fff]"
_WORD = regex.compile(rf"{_HAN}\p{{M}}*|(?:(?!{_HAN})[\w\p{{M}}\u200c\u200d])+|(?!\s)\X")
_MAX_COST = 2_000_000_000  # product of the word counts: two texts of about 220 kB, a third of a second
_MAX_CHANGES = 6_000

Span = tuple[int, int]


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
    if len(ids[0]) * len(ids[1]) > _MAX_COST:
        return None
    changes = _changes(Levenshtein.opcodes(*ids))
    if len(changes) > _MAX_CHANGES:
        return None
    return (
        list(_pieces(left, words[0], [(change[0], change[1]) for change in changes])),
        list(_pieces(right, words[1], [(change[2], change[3]) for change in changes])),
    )


def _spans(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text)]


def _changes(steps: Iterable[Opcode]) -> list[tuple[int, int, int, int]]:
    """Differing word ranges `(start, end, other_start, other_end)`; two with one common word between are merged."""
    changes: list[tuple[int, int, int, int]] = []
    for step in steps:
        if step.tag == "equal":
            continue
        start, end, other_start, other_end = step.src_start, step.src_end, step.dest_start, step.dest_end
        if changes and start - changes[-1][1] <= 1 and other_start - changes[-1][3] <= 1:
            changes[-1] = (changes[-1][0], end, changes[-1][2], other_end)
        else:
            changes.append((start, end, other_start, other_end))
    return changes


def _pieces(text: str, words: Sequence[Span], changes: Iterable[Span]) -> Iterator[Piece]:
    """Cut `text` at `changes`, which are ranges of `words`; an empty range means that only the other text has words."""
    at = 0
    for first, last in changes:
        if first == last:
            continue
        start, end = words[first][0], words[last - 1][1]
        if at < start:
            yield Piece(text[at:start], changed=False)
        yield Piece(text[start:end], changed=True)
        at = end
    if at < len(text):
        yield Piece(text[at:], changed=False)
