"""A text with two layers of marks, evidence of verdicts and of annotators, cut once at all edges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotator.web.marks.code_blocks import CODE, code_marks
from annotator.web.marks.segments import Mark, Segment, segments

_TINY = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text under its marks. `numbers` are constraints, `ends` those of them that end with it.

    `evidence_ids` are pieces of evidence by their numbers, `letters` those who marked them, `closing` those whose marks
    end. `code` says that the piece is part of a block of code.
    """

    text: str
    classes: str = ""
    numbers: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    evidence_ids: tuple[int, ...] = ()
    letters: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    code: bool = False


def overlaid(
    text: str, verdicts: Iterable[Mark], evidence_ids: Mapping[int, tuple[int, int]], by: Mapping[int, Sequence[str]]
) -> Sequence[Piece]:
    """`evidence_ids` is evidence number -> `[start, end)`, `by` is evidence number -> the letters of those who marked
    it.
    """
    # In one set of marks the layers are told apart by sign: below zero is evidence that people marked.
    marks = [*verdicts, *(Mark(start, end, -number) for number, (start, end) in evidence_ids.items())]
    marks += code_marks(text)
    pieces = []
    for segment in segments(text, marks):
        here = tuple(-number for number in segment.numbers if number < 0)
        over = [-number for number in segment.ending if number < 0]
        letters = _letters(here, by)
        pieces.append(
            Piece(
                text=segment.text,
                classes=" ".join([*segment.tones, *_looks(letters), *_size(segment)]),
                numbers=tuple(number for number in segment.numbers if number > 0),
                ends=tuple(number for number in segment.ending if number > 0),
                evidence_ids=tuple(sorted(here)),
                letters=letters,
                closing=_letters(over, by),
                code=CODE in segment.numbers,
            )
        )
    return pieces


def _letters(numbers: Iterable[int], by: Mapping[int, Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({letter for number in numbers for letter in by[number]}))


def _size(segment: Segment) -> list[str]:
    return ["tiny"] if {*segment.numbers} - {CODE} and len(segment.text) <= _TINY else []


def _looks(letters: Sequence[str]) -> list[str]:
    """A is underlined, B overlined, all others dotted: the classes, with one for a piece that several marked."""
    if not letters:
        return []
    looks = sorted({f"by-{letter.lower()}" if letter in ("A", "B") else "by-others" for letter in letters})
    return ["said", *looks, *(["several"] if len(letters) > 1 else [])]
