"""Tinted prompts: the pieces of a prompt with the level of attention to each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotator.runs.attention_files import NOWHERE

LEVELS = 5
"""Pieces have a level from 0 to 5, by their share of the greatest value among the prompt's tokens."""
_NAMED = 12


@dataclass(frozen=True, slots=True)
class TintedPiece:
    """A piece of the prompt; `level` is 0 without attention. `stated` is whether a constraint is stated there."""

    text: str
    level: int = 0
    stated: bool = False


@dataclass(frozen=True, slots=True)
class NamedToken:
    """One of the tokens with most attention."""

    text: str
    value: float


def tinted_pieces(
    prompt: str, places: Sequence[Sequence[int]], values: Sequence[float], spans: Sequence[Sequence[int] | None]
) -> list[TintedPiece]:
    """Cut the prompt at its tokens; joined, the pieces give it again. Tokens of a template write none of it."""
    known = _written(places, values)
    greatest = max((value for _, _, value in known), default=0.0)
    pieces: list[TintedPiece] = []
    position = 0
    for start, end, value in known:
        low = max(start, position)
        if low >= end:
            continue
        if position < low:
            pieces.append(TintedPiece(prompt[position:low]))
        level = round(LEVELS * value / greatest) if greatest > 0 and value > 0 else 0
        stated = any(span is not None and low < span[1] and span[0] < end for span in spans)
        pieces.append(TintedPiece(prompt[low:end], level, stated))
        position = end
    if position < len(prompt):
        pieces.append(TintedPiece(prompt[position:]))
    return pieces


def most_attended(prompt: str, places: Sequence[Sequence[int]], values: Sequence[float]) -> list[NamedToken]:
    """Return the tokens of the prompt with most attention, the first of them first."""
    ordered = sorted(_written(places, values), key=lambda token: -token[2])[:_NAMED]
    return [NamedToken(prompt[start:end], value) for start, end, value in ordered]


def _written(places: Sequence[Sequence[int]], values: Sequence[Any]) -> list[tuple[int, int, float]]:
    return [
        (int(place[0]), int(place[1]), float(value))
        for place, value in zip(places, values, strict=True)
        if place[0] != NOWHERE
    ]
