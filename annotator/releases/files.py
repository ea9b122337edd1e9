"""A released file, which is written piece by piece: to disk, to the terminal, or into a response."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """The file's name, its media type, and its text in parts; `left_out` counts by reason what it leaves out."""

    name: str
    media_type: str
    parts: Iterator[str]
    left_out: Mapping[str, int]
