"""Word differences of a text and its revision in one text: kept, removed and added pieces. Pure.

White space counts as words do, since line ends and blank lines decide constraints. Unlike `difference`, which reveals
no side, this one has a direction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import regex  # type: ignore[import-untyped]
from rapidfuzz.distance import Levenshtein

from annotator.web.marks.difference import MAX_COST, WORD

_TOKEN = regex.compile(rf"\n|[^\S\n]+|{WORD}")

Fate = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class RevisedPiece:
    """A piece of the text, of its revision, or of both."""

    text: str
    fate: Fate


def inline_difference(before: str, after: str) -> Sequence[RevisedPiece] | None:
    """The pieces in order: without the added ones they are `before`, without the removed ones `after`.

    None if the texts are too long to be compared.
    """
    left, right = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(left) * len(right) > MAX_COST:
        return None
    numbers: dict[str, int] = {}
    ids = [[numbers.setdefault(token, len(numbers)) for token in tokens] for tokens in (left, right)]
    return list(_joined(_pieces(left, right, ids)))


def _pieces(left: Sequence[str], right: Sequence[str], ids: Sequence[Sequence[int]]) -> Iterator[RevisedPiece]:
    for step in Levenshtein.opcodes(*ids):
        removed = "".join(left[step.src_start : step.src_end])
        if step.tag == "equal":
            yield RevisedPiece(removed, "same")
            continue
        if removed:
            yield RevisedPiece(removed, "removed")
        if added := "".join(right[step.dest_start : step.dest_end]):
            yield RevisedPiece(added, "added")


def _joined(pieces: Iterator[RevisedPiece]) -> Iterator[RevisedPiece]:
    """Merge changes with nothing but a space between them: a replaced phrase is one change, not one a word."""
    removed, added, gap = "", "", ""
    for piece in pieces:
        if piece.fate == "same" and not (piece.text == " " and (removed or added) and not gap):
            yield from _change(removed, added)
            yield from _same(gap + piece.text)
            removed, added, gap = "", "", ""
        elif piece.fate == "same":
            gap = piece.text
        else:
            removed, added = removed + gap, added + gap
            gap = ""
            removed += piece.text if piece.fate == "removed" else ""
            added += piece.text if piece.fate == "added" else ""
    yield from _change(removed, added)
    yield from _same(gap)


def _change(removed: str, added: str) -> Iterator[RevisedPiece]:
    if removed:
        yield RevisedPiece(removed, "removed")
    if added:
        yield RevisedPiece(added, "added")


def _same(text: str) -> Iterator[RevisedPiece]:
    if text:
        yield RevisedPiece(text, "same")
