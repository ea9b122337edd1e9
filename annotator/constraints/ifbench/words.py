"""Words as most of IFBench's kinds read them: between white space, without ASCII punctuation.

Owns how such words are cut, and where each stands in the text. Knows no kind.
"""

import re
import string
from collections.abc import Iterator
from typing import NamedTuple

from annotator.constraints.verdict import Span

STRIPPED = string.punctuation + " "
"""What the official code strips from both ends of a word."""

_PIECE = re.compile(r"\S+")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Word(NamedTuple):
    """A word, and the span of the piece of the text that it was cut from."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.start, self.end


def pieces(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """Yield what stands between white space, unchanged."""
    for match in _PIECE.finditer(text, start, len(text) if end is None else end):
        yield Word(match.group(), *match.span())


def bare(text: str) -> str:
    """Return the text without ASCII punctuation."""
    return text.translate(_WITHOUT_PUNCTUATION)


def bare_words(text: str) -> list[Word]:
    """Return the pieces of the text without ASCII punctuation; those that consist of it are left out."""
    cut = (Word(bare(piece.text), piece.start, piece.end) for piece in pieces(text))
    return [word for word in cut if word.text]


def occurrences(text: str, wanted: str) -> Iterator[Span]:
    """Yield where `wanted`, which is not empty, stands in the text, from left to right without overlap."""
    position = text.find(wanted)
    while position >= 0:
        yield position, position + len(wanted)
        position = text.find(wanted, position + len(wanted))


def lines(text: str) -> Iterator[Word]:
    """Yield the lines of the text, which end at `\\n` alone, with their spans."""
    start = 0
    for line in text.split("\n"):
        yield Word(line, start, start + len(line))
        start += len(line) + 1
