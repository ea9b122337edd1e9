"""Two layers of marks on one text, evidence of verdicts and of annotators, cut at all edges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotator.web.marks.code_blocks import CODE, code_marks
from annotator.web.marks.segments import Mark, Segment, segments

_TINY = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text with the marks of both layers that cover it."""

    text: str
    classes: str = ""
    numbers: tuple[int, ...] = ()  # constraints whose verdicts have evidence here
    ends: tuple[int, ...] = ()  # constraints with evidence that ends with this piece
    evidence_ids: tuple[int, ...] = ()  # numbers of annotators' spans here
    letters: tuple[str, ...] = ()  # annotators with spans here
    closing: tuple[str, ...] = ()  # annotators with spans that end with this piece
    code: bool = False  # part of a block of code


def overlaid(
    text: str, verdicts: Iterable[Mark], evidence_ids: Mapping[int, tuple[int, int]], by: Mapping[int, Sequence[str]]
) -> Sequence[Piece]:
    """The pieces of `text` in order.

    `evidence_ids` is span number -> `[start, end)`, `by` is span number -> the letters of its annotators.
    """
    # One set of marks has both layers: negative numbers are annotators' spans.
    marks = [*verdicts, *(Mark(start, end, -number) for number, (start, end) in evidence_ids.items())]
    marks += code_marks(text)
    pieces = []
    for segment in segments(text, marks):
        here = tuple(-number for number in segment.numbers if number < 0)
        ending = [-number for number in segment.ending if number < 0]
        letters = _letters(here, by)
        pieces.append(
            Piece(
                text=segment.text,
                classes=" ".join([*segment.tones, *_annotator_classes(letters), *_size(segment)]),
                numbers=tuple(number for number in segment.numbers if number > 0),
                ends=tuple(number for number in segment.ending if number > 0),
                evidence_ids=tuple(sorted(here)),
                letters=letters,
                closing=_letters(ending, by),
                code=CODE in segment.numbers,
            )
        )
    return pieces


def _letters(numbers: Iterable[int], by: Mapping[int, Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({letter for number in numbers for letter in by[number]}))


def _size(segment: Segment) -> list[str]:
    return ["tiny"] if {*segment.numbers} - {CODE} and len(segment.text) <= _TINY else []


def _annotator_classes(letters: Sequence[str]) -> list[str]:
    """The CSS classes of a piece: A is underlined, B overlined, all others dotted; `several` for more than one."""
    if not letters:
        return []
    classes = sorted({f"by-{letter.lower()}" if letter in ("A", "B") else "by-others" for letter in letters})
    return ["annotated", *classes, *(["several"] if len(letters) > 1 else [])]
