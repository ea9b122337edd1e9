"""Word differences of two texts. Pure; the same for both sides, so that it reveals neither.

Words are compared by number (edit distance, `rapidfuzz`): Python's own difflib takes minutes for what this does in half
a second. White space counts for nothing, and a Chinese or Japanese character is a word. No character is cut apart: a
letter keeps its accents, a family of emoji its members and a flag its two halves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex  # type: ignore[import-untyped]
from rapidfuzz.distance import Levenshtein, Opcode

_HAN = r"[\u3040-\u30ff\u3400-\u9fff]"
_WORD = regex.compile(rf"{_HAN}\p{{M}}*|(?:(?!{_HAN})[\w\p{{M}}\u200c\u200d])+|(?!\s)\X")
_MOST = 2_000_000_000  # words of one text times words of the other: about 220 kB each, and a third of a second
_MOST_PIECES = 6_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one text; `changed` where the other text has something else or nothing."""

    text: str
    changed: bool


def difference(left: str, right: str) -> tuple[Sequence[Piece], Sequence[Piece]] | None:
    """Both texts in pieces that together are the text; None where they are too long or too unlike to be compared."""
    words = [_spans(left), _spans(right)]
    numbers: dict[str, int] = {}
    ids = [
        [numbers.setdefault(text[start:end], len(numbers)) for start, end in spans]
        for text, spans in zip((left, right), words, strict=True)
    ]
    if len(ids[0]) * len(ids[1]) > _MOST:
        return None
    changes = _runs(Levenshtein.opcodes(*ids))
    if len(changes) > _MOST_PIECES:
        return None
    return (
        list(_pieces(left, words[0], [(change[0], change[1]) for change in changes])),
        list(_pieces(right, words[1], [(change[2], change[3]) for change in changes])),
    )


def _spans(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text)]


def _runs(steps: Iterable[Opcode]) -> list[tuple[int, int, int, int]]:
    """The stretches of words that differ; two that only one common word parts are read better as one."""
    runs: list[tuple[int, int, int, int]] = []
    for step in steps:
        if step.tag == "equal":
            continue
        start, end, other_start, other_end = step.src_start, step.src_end, step.dest_start, step.dest_end
        if runs and start - runs[-1][1] <= 1 and other_start - runs[-1][3] <= 1:
            runs[-1] = (runs[-1][0], end, runs[-1][2], other_end)
        else:
            runs.append((start, end, other_start, other_end))
    return runs


def _pieces(text: str, words: Sequence[Span], changes: Iterable[Span]) -> Iterator[Piece]:
    """`changes` are ranges of words; empty ones say that only the other text has something there."""
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
