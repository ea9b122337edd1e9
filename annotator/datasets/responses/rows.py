"""Rows of a file of responses: lines, items of a JSON array or samples of a log, one at a time.

Owns how a file is cut into rows, and the most bytes a row may have. Knows no fields, but the names of an array.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import is_blank, raw_lines

ROW_CAP = 32_000_000  # bytes
_CHUNK = 1 << 18
_NAME_CAP = 64  # bytes of a member's name that are compared
_IN_STRING = re.compile(rb'[\\"]')
_NESTED = re.compile(rb'["{}\[\]]')
_IN_ARRAY = re.compile(rb'["{}\[\],]')


@dataclass(frozen=True, slots=True)
class Row:
    """One row as bytes, at its 1-based place; `broken` is why it cannot be parsed at all."""

    number: int
    raw: bytes
    broken: str = ""


def line_rows(file: BinaryIO) -> Iterator[Row]:
    """Yield the lines that are not blank; blank ones are counted in the numbers."""
    for number, line in enumerate(raw_lines(file, ROW_CAP), 1):
        if not is_blank(line):
            yield Row(number, line)


def array_rows(file: BinaryIO, member: str | None) -> Iterator[Row]:
    """Yield the items of the file's JSON array, or of the array in `member` of its JSON object.

    Only brackets, strings and commas are read here: an item that is no JSON is its parser's to refuse.
    """
    cutter = _ArrayCutter(member)
    number = 0
    while chunk := file.read(_CHUNK):
        for item in cutter.feed(chunk):
            number += 1
            yield Row(number, item)
    if cutter.followed:
        yield Row(number + 1, b"", msg("something follows the end of the array; a file holds one array"))
    if cutter.unfinished:
        yield Row(number + 1, bytes(cutter.item), msg("the file ends within this row; is it cut off?"))


class _ArrayCutter:
    """Cuts the items out of an array, chunk by chunk."""

    def __init__(self, member: str | None) -> None:
        self.item = bytearray()
        self._member = None if member is None else member.encode()
        self._depth = 0
        self._array_depth = 0  # the depth inside the array; 0 before and after it
        self._in_string = self._escaped = self._started = self._ended = False
        self.followed = False  # by anything but white space, where the file is the array
        self._name = bytearray()  # the last string of the outer object

    @property
    def unfinished(self) -> bool:
        return self._array_depth > 0 or not self._started or self._depth > 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the items that end in this chunk."""
        if not self._started:
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
            self._started = bool(chunk.strip())
        position = kept = 0
        while position < len(chunk):
            if self._ended and self._member is None:
                self.followed = self.followed or not chunk[position:].isspace()
                return
            if self._in_string:
                position = self._string(chunk, position)
                continue
            match = self._pattern().search(chunk, position)
            if match is None:
                break
            position, mark = match.end(), match[0]
            if mark == b'"':
                self._in_string = True
                self._name.clear()
            elif mark in b"{[":
                self._depth += 1
                if not self._array_depth and mark == b"[" and self._is_the_array():
                    self._array_depth, kept = self._depth, position
            elif mark == b",":
                self._keep(chunk, kept, position - 1)
                kept = position
                yield self._taken()
            else:
                self._depth -= 1
                if self._array_depth and self._depth < self._array_depth:
                    self._keep(chunk, kept, position - 1)
                    self._array_depth, self._ended = 0, True
                    if self.item.strip():
                        yield self._taken()
        self._keep(chunk, kept, len(chunk))

    def _pattern(self) -> re.Pattern[bytes]:
        return _IN_ARRAY if self._array_depth and self._depth == self._array_depth else _NESTED

    def _string(self, chunk: bytes, position: int) -> int:
        """Return the position after the string, or after the chunk if the string does not end in it."""
        if self._escaped:
            self._escaped = False
            return position + 1
        match = _IN_STRING.search(chunk, position)
        end = match.start() if match else len(chunk)
        if self._depth == 1 and not self._array_depth and len(self._name) < _NAME_CAP:
            self._name += chunk[position : min(end, position + _NAME_CAP)]
        if match is None:
            return end
        self._escaped, self._in_string = match[0] == b"\\", match[0] == b"\\"
        return match.end()

    def _is_the_array(self) -> bool:
        if self._member is None:
            return self._depth == 1
        return self._depth == 2 and bytes(self._name) == self._member

    def _keep(self, chunk: bytes, start: int, end: int) -> None:
        """Keep a piece of the current item, up to one byte more than a row may have."""
        if self._array_depth:
            self.item += chunk[start : min(end, start + ROW_CAP + 1 - len(self.item))]

    def _taken(self) -> bytes:
        item = bytes(self.item)
        self.item.clear()
        return item
