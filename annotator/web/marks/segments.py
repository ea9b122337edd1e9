"""Cuts a text at the edges of its marks, so that every piece has all marks that cover it.

Pure; knows no HTML. Marks may overlap, touch, repeat or lie partly outside the text. The pieces, joined, give the text
again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """`[start, end)` of a text about constraint `number` (1-based); `tone` is the CSS class of its verdict."""

    start: int
    end: int
    number: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text: numbers and tones of the marks on it, and numbers of the marks that end with it."""

    text: str
    numbers: tuple[int, ...] = ()
    tones: tuple[str, ...] = ()
    ending: tuple[int, ...] = ()


def segments(text: str, marks: Iterable[Mark]) -> Iterator[Segment]:
    """The text in order, cut only where a mark begins or ends."""
    opening: defaultdict[int, list[Mark]] = defaultdict(list)
    closing: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in _inside(marks, len(text)):
        opening[mark.start].append(mark)
        closing[mark.end].append(mark)
    here: set[Mark] = set()
    position = 0
    for edge in sorted({*opening, *closing, len(text)}):
        if position < edge:
            yield _segment(text[position:edge], here, closing[edge])
        here.difference_update(closing[edge])
        here.update(opening[edge])
        position = edge


def _inside(marks: Iterable[Mark], length: int) -> set[Mark]:
    """The marks clipped to the text, without empty ones."""
    clipped = (Mark(max(0, mark.start), min(length, mark.end), mark.number, mark.tone) for mark in marks)
    return {mark for mark in clipped if mark.start < mark.end}


def _segment(text: str, marks: Collection[Mark], ending: Iterable[Mark]) -> Segment:
    if not marks:
        return Segment(text)
    return Segment(
        text=text,
        numbers=tuple(sorted({mark.number for mark in marks})),
        tones=tuple(sorted({mark.tone for mark in marks if mark.tone})),
        ending=tuple(sorted({mark.number for mark in ending})),
    )
