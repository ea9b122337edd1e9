"""Pairs a file of responses with a file of prompts, or reports why the two do not fit.

Keeps places in the files and no texts, so that memory stays small beside a hundred thousand responses. No database.
"""

import stat
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from annotator.datasets.jsonl import LineError, is_blank, key_of, parse_object, raw_lines, text_field
from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection, read_ifeval

RESPONSE_CAP = 32_000_000  # bytes a line
PROBLEMS_SHOWN = 20
_UNANSWERED = _SEVERAL = -1


class VerificationError(ValueError):
    """Why nothing was verified: one problem a line, each with its file and line."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Iterate it for each prompt, in the order of its file, and the response to it."""

    prompts: Path
    responses: Path
    offsets: "array[int]"

    def __len__(self) -> int:
        return len(self.offsets)

    def __iter__(self) -> Iterator[tuple[PromptRecord, str]]:
        with open(self.prompts, "rb") as prompts, open(self.responses, "rb") as responses:
            records = read_ifeval(raw_lines(prompts, LINE_CAP))
            for record, offset in zip(records, self.offsets, strict=True):
                if isinstance(record, Rejection):
                    raise VerificationError(f"{self.prompts} was changed while it was read; start again.")
                responses.seek(offset)
                yield record, text_field(parse_object(responses.readline(), RESPONSE_CAP), "response")


def pair(prompts: Path, responses: Path) -> Pairing:
    """Read both files once and pair them. Raises `VerificationError` with every problem, `OSError` for the files."""
    for path in (prompts, responses):
        if not stat.S_ISREG(path.stat().st_mode):
            raise VerificationError(f"{path} is not a regular file; it is read twice, so save it as one first.")
    problems = _Problems()
    places = _places(prompts, problems)
    problems.refuse_any()
    offsets = _offsets(responses, places, problems)
    for line, offset in zip(places.lines, offsets, strict=True):
        if offset == _UNANSWERED:
            problems.add(prompts, line, f"no response to this prompt is in {responses}")
    problems.refuse_any()
    return Pairing(prompts, responses, offsets)


@dataclass
class _Problems:
    """The first problems in words, and how many there are."""

    shown: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, path: Path, line: int, reason: str) -> None:
        self.count += 1
        if self.count <= PROBLEMS_SHOWN:
            self.shown.append(f"{path}, line {line}: {reason}")

    def refuse_any(self) -> None:
        if self.count:
            more = [f"... and {self.count - len(self.shown):,} more"] if self.count > len(self.shown) else []
            raise VerificationError("\n".join(["nothing was verified.", *self.shown, *more]))


@dataclass
class _Places:
    """Where each prompt stands, found again by its key or its text."""

    path: Path
    lines: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    of_key: dict[str, int] = field(default_factory=dict)
    of_text: dict[bytes, int] = field(default_factory=dict)

    def add(self, record: PromptRecord) -> None:
        digest = _digest(record.text)
        self.of_key[str(record.key)] = len(self.lines)
        self.of_text[digest] = _SEVERAL if digest in self.of_text else len(self.lines)
        self.lines.append(record.line)
        self.digests.append(digest)

    def find(self, response: dict[str, Any]) -> int:
        """The place of the prompt that `response` names; a key and a text that disagree are refused."""
        if "key" not in response:
            return self._by_text(text_field(response, "prompt", "neither 'key' nor 'prompt' says what it answers"))
        key = key_of(response)
        if str(key) not in self.of_key:
            raise LineError(f"the key {key!r} is not in {self.path}")
        place = self.of_key[str(key)]
        if "prompt" in response and _digest(text_field(response, "prompt")) != self.digests[place]:
            raise LineError(f"its 'prompt' differs from that of key {key!r} in {self.path}; remove the wrong field")
        return place

    def _by_text(self, text: str) -> int:
        digest = _digest(text)
        if digest not in self.of_text:
            raise LineError(f"its prompt is not in {self.path}")
        if self.of_text[digest] == _SEVERAL:
            raise LineError(f"its prompt stands more than once in {self.path}; name the one meant by its 'key'")
        return self.of_text[digest]


def _places(prompts: Path, problems: _Problems) -> _Places:
    places = _Places(prompts)
    with open(prompts, "rb") as file:
        for record in read_ifeval(raw_lines(file, LINE_CAP)):
            if isinstance(record, Rejection):
                problems.add(prompts, record.line, record.reason)
            else:
                places.add(record)
    if not places.lines and not problems.count:
        raise VerificationError(f"there is no prompt in {prompts}.")
    return places


def _offsets(responses: Path, places: _Places, problems: _Problems) -> "array[int]":
    """For each prompt the offset of the line that answers it."""
    offsets = array("q", [_UNANSWERED]) * len(places.lines)
    with open(responses, "rb") as file:
        offset = 0
        for number, line in enumerate(raw_lines(file, RESPONSE_CAP), 1):
            try:
                if not is_blank(line):
                    _note(parse_object(line, RESPONSE_CAP), offset, places, offsets)
            except LineError as error:
                problems.add(responses, number, str(error))
            offset = file.tell()
    return offsets


def _note(response: dict[str, Any], offset: int, places: _Places, offsets: "array[int]") -> None:
    place = places.find(response)
    text_field(response, "response")
    if offsets[place] != _UNANSWERED:
        raise LineError(f"the prompt on line {places.lines[place]} of {places.path} has a response on an earlier line")
    offsets[place] = offset


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
