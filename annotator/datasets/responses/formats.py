"""Formats of files of responses by name: how each is recognised, cut into rows and parsed.

Owns the recognition by content. Knows no prompts.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from annotator.constraints.messages import listed, msg, quoted, sentence
from annotator.datasets.jsonl import LineError, is_blank, parse_object
from annotator.datasets.responses.batches import looks_like_a_batch, parse_batch
from annotator.datasets.responses.chat_logs import looks_like_a_chat, parse_chat
from annotator.datasets.responses.inspect_logs import InspectParser, looks_like_inspect
from annotator.datasets.responses.lm_eval import LmEvalParser, looks_like_lm_eval
from annotator.datasets.responses.math_if import looks_like_math_if, parse_math_if
from annotator.datasets.responses.plain import looks_plain, parse_plain
from annotator.datasets.responses.reason_if import looks_like_reason_if, parse_reason_if
from annotator.datasets.responses.records import ResponseFileError, ResponseRecord
from annotator.datasets.responses.rows import ROW_CAP, Row, array_rows, line_rows
from annotator.datasets.responses.sample_archive import archive_rows
from annotator.datasets.responses.unpacking import SourceFile, is_zip, unpacked

Parser = Callable[[dict[str, Any], int, int | None], ResponseRecord | None]
"""Reads (row, its number, the chosen sample); None for a row to skip. Raises `LineError`."""

_PEEKED_ROWS = 20
_FIELDS_SHOWN = 6
_PEEKED_BYTES = 1 << 16
_LOG_START = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"(status|eval)"')


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """A format: its name, the fields that people know it by, its recognition, and a parser for each new file."""

    name: str
    fields: str
    looks_like: Callable[[dict[str, Any]], bool]
    parser: Callable[[], Parser]


RESPONSE_FORMATS: Mapping[str, ResponseFormat] = {
    known.name: known
    for known in (
        ResponseFormat("jsonl", "key or prompt, response", looks_plain, lambda: parse_plain),
        ResponseFormat("lm-eval", "doc, resps", looks_like_lm_eval, LmEvalParser),
        ResponseFormat("inspect", "id, epoch, output", looks_like_inspect, InspectParser),
        ResponseFormat("batch", "custom_id, response.body", looks_like_a_batch, lambda: parse_batch),
        ResponseFormat("chat", "messages; or input, output", looks_like_a_chat, lambda: parse_chat),
        ResponseFormat("reasonif", "input, reasoning_content, content", looks_like_reason_if, lambda: parse_reason_if),
        ResponseFormat("mathif", "output, a list of texts", looks_like_math_if, lambda: parse_math_if),
    )
}


@dataclass(frozen=True, slots=True)
class ResponseFile:
    """A file of responses whose format is known. `unit` is what its rows are called: line, row or sample."""

    source: SourceFile
    format: ResponseFormat
    unit: str

    def place(self, number: int) -> str:
        """Return the place of a row in words."""
        return _PLACES[self.unit](number)

    def rows(self) -> Iterator[Row]:
        """Read the file from its start. Raises `ResponseFileError`, and `OSError`."""
        return _rows(self.source, self.unit)


_PLACES: Mapping[str, Callable[[int], str]] = {
    "line": lambda number: msg("line %(number)s", number=number),
    "row": lambda number: msg("row %(number)s", number=number),
    "sample": lambda number: msg("sample %(number)s", number=number),
}


def response_file(source: SourceFile, format: str = "") -> ResponseFile:
    """Recognise the format of a file by its content, or take the named one.

    Raises `ResponseFileError` for an unknown name, for a file of no format and for one of several; and `OSError`.
    """
    if format and format not in RESPONSE_FORMATS:
        values = {"format": quoted(format), "known": ", ".join(RESPONSE_FORMATS)}
        raise ResponseFileError(msg("unknown format %(format)s; known formats: %(known)s.", **values))
    unit = _unit(source)
    known = RESPONSE_FORMATS[format] if format else _recognised(source, unit)
    return ResponseFile(source, known, unit)


def parse_row(row: Row) -> dict[str, Any]:
    """Return the JSON object of a row. Raises `LineError`."""
    if row.broken:
        raise LineError(row.broken)
    return parse_object(row.raw, ROW_CAP, nan_as_null=True)


def _recognised(source: SourceFile, unit: str) -> ResponseFormat:
    """Return the one format that all of the first rows look like."""
    names: dict[str, int] = {}
    first: tuple[int, str] | None = None
    for row in islice(_rows(source, unit), _PEEKED_ROWS):
        try:
            fields = parse_row(row)
        except LineError as error:
            first = first or (row.number, error.args[0])
            continue
        first = first or (row.number, msg("its fields are %(names)s", names=listed(list(fields)[:_FIELDS_SHOWN])))
        for known in RESPONSE_FORMATS.values():
            if known.looks_like(fields):
                names.setdefault(known.name, row.number)
    if not names:
        raise ResponseFileError(_unknown(source, unit, first))
    if len(names) > 1:
        places = ", ".join(f"{name} ({unit} {number})" for name, number in names.items())
        values = {"file": str(source), "places": places}
        raise ResponseFileError(msg("%(file)s looks like several formats: %(places)s; choose one.", **values))
    return RESPONSE_FORMATS[next(iter(names))]


def _unknown(source: SourceFile, unit: str, first: tuple[int, str] | None) -> str:
    """Return the refusal of a file that looks like no format, with what is wrong with its `first` row."""
    if first is None:
        return msg("%(file)s holds no response; is it the right file?", file=str(source))
    number, problem = first
    formats = "; ".join(f"{known.name} ({known.fields})" for known in RESPONSE_FORMATS.values())
    return msg(
        "%(file)s has the fields of no known format. Known formats: %(formats)s. %(place)s: %(problem)s",
        file=str(source),
        place=sentence(_PLACES[unit](number)),
        problem=problem,
        formats=formats,
    )


def _unit(source: SourceFile) -> str:
    """Return what the rows of the file are: samples of a log, items of an array, or lines."""
    if is_zip(source.path):
        return "sample"
    with unpacked(source) as file:
        start = file.read(_PEEKED_BYTES).removeprefix(codecs.BOM_UTF8)
    text = start.lstrip()
    if not text:
        raise ResponseFileError(msg("%(file)s is empty.", file=str(source)))
    if text.startswith(b"["):
        return "row"
    return "sample" if _is_a_log(text) else "line"


def _is_a_log(start: bytes) -> bool:
    """Whether the file is one JSON object with samples: an Inspect log, on many lines or on one."""
    if _LOG_START.match(start):
        return True
    first = next((line for line in start.split(b"\n") if not is_blank(line)), b"")
    try:
        fields = json.loads(first)
    except (ValueError, RecursionError):
        return bool(re.match(rb"\{\s*$", first)) and b'"samples"' in start
    return isinstance(fields, dict) and isinstance(fields.get("samples"), list)


@contextmanager
def _opened(source: SourceFile, unit: str) -> Iterator[Iterator[Row]]:
    if unit == "sample" and is_zip(source.path):
        yield archive_rows(source)
    else:
        cut = line_rows if unit == "line" else partial(array_rows, member="samples" if unit == "sample" else None)
        with unpacked(source) as file:
            yield cut(file)


def _rows(source: SourceFile, unit: str) -> Iterator[Row]:
    with _opened(source, unit) as rows:
        yield from rows
