"""Reader of Multi-IF's CSV: its first turns as prompts, in any of its languages.

The file repeats a first turn for each conversation that goes on from it; equal ones are one prompt. Constraints have
IFEval's kinds; one whose checker does not hold for the language is kept, and never decided. Knows no database.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from annotator.canonical import canonical_json
from annotator.constraints import ConstraintSpec
from annotator.constraints.other_language import KIND, reads
from annotator.datasets.jsonl import LineError, key_of, parse_json, refuse_unstorable
from annotator.datasets.readers import (
    LINE_CAP,
    LinesOfKeys,
    PromptRecord,
    Rejection,
    SourceError,
    constraint_spec,
    metadata_of,
)

LANGUAGES = (
    "Chinese", "English", "French", "German", "Hindi", "Italian", "Portuguese", "Russian", "Spanish", "Thai",
    "Vietnamese",
)  # fmt: skip
_TURNS = tuple(f"turn_{n}_{name}" for n in (1, 2, 3) for name in ("prompt", "instruction_id_list", "kwargs"))
_PUBLISHED = ("key", "turns", "turn_index", "responses", *_TURNS)
"""Columns that are no metadata of a first turn; `language` is."""
_COLUMNS = ("key", "language", "turn_1_prompt", "turn_1_instruction_id_list", "turn_1_kwargs")


@dataclass
class _Row:
    """One row of the file, the line on which it begins, and its text."""

    line: int
    text: str
    fields: dict[str, Any]


@dataclass
class _Prompts:
    """The prompts read so far, by content, each with the keys of its rows."""

    records: dict[bytes, PromptRecord] = field(default_factory=dict)
    rows: dict[bytes, list[str]] = field(default_factory=dict)
    keys: LinesOfKeys = field(default_factory=LinesOfKeys)
    languages: set[str] = field(default_factory=set)

    def add(self, record: PromptRecord) -> None:
        self.keys.add(record.key, record.line)
        constraints = [[spec.kind, spec.kwargs] for spec in record.specs]
        content = canonical_json([record.attributes["language"], record.text, constraints])
        self.records.setdefault(content, record)
        self.rows.setdefault(content, []).append(str(record.key))

    def __iter__(self) -> Iterator[PromptRecord]:
        for content, record in self.records.items():
            yield replace(record, attributes={**record.attributes, "rows": self.rows[content]})


def read_multi_if(lines: Iterable[bytes | str], language: str = "") -> Iterator[PromptRecord | Rejection]:
    """Read the first turns in `language`, an English name, or in all languages; bad rows come first.

    Raises `SourceError` for a file that is not such a CSV, and where no row is in the language.
    """
    prompts = _Prompts()
    for row in _rows(lines):
        prompts.languages.add(str(row.fields["language"]))
        if language not in ("", row.fields["language"]):
            continue
        try:
            prompts.add(_prompt(row))
        except LineError as error:
            yield Rejection(row.line, str(error), row.text)
    if prompts.languages and language and language not in prompts.languages:
        there = ", ".join(sorted(prompts.languages)[:20])
        raise SourceError(f"no row is in {language}; its languages: {there:.300}")
    yield from prompts


class _Lines:
    """The lines of a source as text, with those that were read since the last `take`."""

    def __init__(self, lines: Iterable[bytes | str]) -> None:
        self._lines = enumerate(lines, 1)
        self._read: list[str] = []
        self.row_begins = 1

    def __iter__(self) -> Iterator[str]:
        for number, line in self._lines:
            if len(line) > LINE_CAP:
                raise SourceError(f"line {number} is longer than {LINE_CAP:,} bytes, the most that is read")
            try:
                text = line if isinstance(line, str) else line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise SourceError(
                    f"line {number}, byte {error.start + 1} is not UTF-8; save the file as UTF-8"
                ) from None
            self._read.append(text)
            yield text

    def take(self) -> tuple[int, str]:
        """Return the line on which the row just read begins, and its text; blank lines before it are skipped."""
        blank = next((place for place, text in enumerate(self._read) if text.strip()), 0)
        line, text = self.row_begins + blank, "".join(self._read[blank:]).rstrip("\r\n")
        self.row_begins += len(self._read)
        self._read.clear()
        return line, text


def _rows(lines: Iterable[bytes | str]) -> Iterator[_Row]:
    source = _Lines(lines)
    reader = csv.DictReader(source, strict=True)
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise SourceError(f"line 1: no column {', '.join(missing)}; is it a CSV of Multi-IF?")
        source.take()
        for fields in reader:
            line, text = source.take()
            yield _Row(line, text, fields)
    except csv.Error as error:
        raise SourceError(f"the row that begins on line {source.row_begins} is not CSV: {error}") from None


def _prompt(row: _Row) -> PromptRecord:
    if None in row.fields or None in row.fields.values():
        raise LineError("it has more or fewer fields than the first line has columns")
    key = key_of(row.fields)
    language = row.fields["language"]
    if not 1 <= len(language.strip()) <= 64:
        raise LineError("'language' must be a text of 1 to 64 characters")
    refuse_unstorable(language, "'language'")
    kinds, arguments = (_json_list(row, f"turn_1_{name}") for name in ("instruction_id_list", "kwargs"))
    if not kinds or len(kinds) != len(arguments):
        raise LineError(
            f"'turn_1_instruction_id_list' has {len(kinds)} items and 'turn_1_kwargs' has {len(arguments)}; "
            "give each constraint one of each, and a prompt at least one constraint"
        )
    return PromptRecord(
        line=row.line,
        key=key,
        text=_message(row),
        specs=tuple(
            _spec(f"key {key!r}, constraint {number}", language, kind, kwargs)
            for number, (kind, kwargs) in enumerate(zip(kinds, arguments, strict=True), 1)
        ),
        spans=(None,) * len(kinds),
        attributes={"language": language},
        metadata=metadata_of(row.fields, _PUBLISHED),
    )


def _message(row: _Row) -> str:
    """Return the text of the first turn, a chat message as JSON."""
    message = _json(row, "turn_1_prompt")
    if not isinstance(message, dict) or message.get("role") != "user" or not isinstance(message.get("content"), str):
        raise LineError("'turn_1_prompt' must be a JSON message of the user with a text as its content")
    text: str = message["content"]
    if not text.strip():
        raise LineError("'turn_1_prompt' is empty")
    refuse_unstorable(text, "'turn_1_prompt'")
    return text


def _spec(where: str, language: str, kind: Any, kwargs: Any) -> ConstraintSpec:
    """Return the constraint; `kwargs` are JSON inside JSON, or an object already."""
    try:
        spec = constraint_spec(where, kind, parse_json(kwargs) if isinstance(kwargs, str) else kwargs)
    except LineError as error:
        raise LineError(str(error) if str(error).startswith(where) else f"{where}: {error}") from None
    if reads(spec.kind, language):
        return spec
    return constraint_spec(where, KIND, {"of_kind": spec.kind, "language": language, "arguments": dict(spec.kwargs)})


def _json_list(row: _Row, name: str) -> list[Any]:
    value = _json(row, name)
    if not isinstance(value, list):
        raise LineError(f"'{name}' must be a list in JSON")
    return value


def _json(row: _Row, name: str) -> Any:
    try:
        return parse_json(row.fields[name])
    except LineError as error:
        raise LineError(f"'{name}' is {error}" if str(error).startswith("not JSON") else f"'{name}': {error}") from None
