"""Pairs a file of responses with a file of prompts, or reports why they do not fit.

Keeps line numbers and offsets instead of texts, so that memory stays small for a hundred thousand responses. Knows no
database.
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
_UNANSWERED = -1  # an offset: no response to this prompt yet
_SEVERAL = -1  # an index: several prompts have this text


class VerificationError(ValueError):
    """Raised where nothing was verified; the message has one problem a line, each with its file and line."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """An iterable of (prompt, response), in the order of the prompts."""

    prompts: Path
    responses: Path
    offsets: "array[int]"  # for each prompt, the byte offset of its response's line

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
    prompt_index = _index_prompts(prompts, problems)
    problems.refuse_any()
    offsets = _offsets(responses, prompt_index, problems)
    for line, offset in zip(prompt_index.lines, offsets, strict=True):
        if offset == _UNANSWERED:
            problems.add(prompts, line, f"no response to this prompt is in {responses}")
    problems.refuse_any()
    return Pairing(prompts, responses, offsets)


@dataclass
class _Problems:
    """The first problems as sentences, and the number of all."""

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
class _PromptIndex:
    """Index of the prompts by key and by text."""

    path: Path
    lines: list[int] = field(default_factory=list)  # of each prompt, its line number
    digests: list[bytes] = field(default_factory=list)  # of each prompt, the digest of its text
    of_key: dict[str, int] = field(default_factory=dict)  # index in `lines`
    of_text: dict[bytes, int] = field(default_factory=dict)  # by digest: index in `lines`, or _SEVERAL

    def add(self, record: PromptRecord) -> None:
        digest = _digest(record.text)
        self.of_key[str(record.key)] = len(self.lines)
        self.of_text[digest] = _SEVERAL if digest in self.of_text else len(self.lines)
        self.lines.append(record.line)
        self.digests.append(digest)

    def find(self, response: dict[str, Any]) -> int:
        """Return the index of the prompt that `response` names; a key and a text that disagree are refused."""
        if "key" not in response:
            return self._by_text(text_field(response, "prompt", "neither 'key' nor 'prompt' says what it answers"))
        key = key_of(response)
        if str(key) not in self.of_key:
            raise LineError(f"the key {key!r} is not in {self.path}")
        index = self.of_key[str(key)]
        if "prompt" in response and _digest(text_field(response, "prompt")) != self.digests[index]:
            raise LineError(f"its 'prompt' differs from that of key {key!r} in {self.path}; remove the wrong field")
        return index

    def _by_text(self, text: str) -> int:
        digest = _digest(text)
        if digest not in self.of_text:
            raise LineError(f"its prompt is not in {self.path}")
        if self.of_text[digest] == _SEVERAL:
            raise LineError(f"its prompt stands more than once in {self.path}; name the one meant by its 'key'")
        return self.of_text[digest]


def _index_prompts(prompts: Path, problems: _Problems) -> _PromptIndex:
    prompt_index = _PromptIndex(prompts)
    with open(prompts, "rb") as file:
        for record in read_ifeval(raw_lines(file, LINE_CAP)):
            if isinstance(record, Rejection):
                problems.add(prompts, record.line, record.reason)
            else:
                prompt_index.add(record)
    if not prompt_index.lines and not problems.count:
        raise VerificationError(f"there is no prompt in {prompts}.")
    return prompt_index


def _offsets(responses: Path, prompt_index: _PromptIndex, problems: _Problems) -> "array[int]":
    """Return for each prompt the byte offset of its response's line."""
    offsets = array("q", [_UNANSWERED]) * len(prompt_index.lines)
    with open(responses, "rb") as file:
        offset = 0
        for number, line in enumerate(raw_lines(file, RESPONSE_CAP), 1):
            try:
                if not is_blank(line):
                    _record_offset(parse_object(line, RESPONSE_CAP), offset, prompt_index, offsets)
            except LineError as error:
                problems.add(responses, number, str(error))
            offset = file.tell()
    return offsets


def _record_offset(response: dict[str, Any], offset: int, prompt_index: _PromptIndex, offsets: "array[int]") -> None:
    index = prompt_index.find(response)
    text_field(response, "response")
    if offsets[index] != _UNANSWERED:
        raise LineError(
            f"the prompt on line {prompt_index.lines[index]} of {prompt_index.path} has a response on an earlier line"
        )
    offsets[index] = offset


def _digest(text: str) -> bytes:
    """Return the hash of a text without white space at its ends, which IFBench's stored results add to prompts."""
    return blake2b(text.strip().encode("utf-8", "surrogatepass"), digest_size=16).digest()
