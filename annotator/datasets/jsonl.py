"""Strict JSON Lines reader for hostile input, with a reason for each refused line.

Reads one line at a time. Turns bytes into JSON objects or raises `LineError`; knows nothing of prompts or responses.
"""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from annotator.text_cleaning import UNSTORABLE


class LineError(ValueError):
    """Raised for a line that cannot be used; the message follows `line 17: `."""


def raw_lines(file: BinaryIO, cap: int) -> Iterator[bytes]:
    """Yield the file's lines; of a line longer than `cap` bytes only the first `cap + 1`, the rest is skipped."""
    while line := file.readline(cap + 1):
        yield line
        while len(line) > cap and not line.endswith(b"\n"):
            line = file.readline(cap + 1)


def verbatim(line: bytes | str) -> str:
    """Return the line as text without its line end; bytes that are not UTF-8 become surrogate escapes."""
    text = line if isinstance(line, str) else line.decode("utf-8", "surrogateescape")
    return text.rstrip("\r\n")


def is_blank(line: bytes | str) -> bool:
    return not (line.strip() if isinstance(line, str) else line.removeprefix(codecs.BOM_UTF8).strip())


def parse_object(line: bytes | str, cap: int) -> dict[str, Any]:
    """Parse the JSON object of one line; a byte order mark before it is tolerated. Raises `LineError`."""
    if len(line) > cap:
        raise LineError(f"the line is longer than {cap:,} bytes, the most that is read")
    try:
        text = line.removeprefix("\ufeff") if isinstance(line, str) else line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LineError(f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
    value = parse_json(text)
    if not isinstance(value, dict):
        raise LineError("not a JSON object; each line must be one object in braces")
    return value


def parse_json(text: str) -> Any:
    """Parse strict JSON: `NaN` and `Infinity` are refused. Raises `LineError`."""
    try:
        return _DECODER.decode(text.strip())
    except RecursionError:
        raise LineError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise LineError(f"not JSON: {error}") from None


def text_field(record: dict[str, Any], name: str, if_missing: str = "") -> str:
    """Return a required text field. Raises `LineError`, with the message `if_missing` where the field is absent."""
    value = record.get(name)
    if name not in record:
        raise LineError(if_missing or f"the field '{name}' is missing")
    if not isinstance(value, str):
        raise LineError(f"'{name}' must be a text")
    return value


def list_field(record: dict[str, Any], name: str) -> list[Any]:
    """Return a required list field. Raises `LineError`."""
    value = record.get(name)
    if name not in record:
        raise LineError(f"the field '{name}' is missing")
    if not isinstance(value, list):
        raise LineError(f"'{name}' must be a list")
    return value


def plain_field(record: dict[str, Any], name: str) -> str:
    """Return an optional field, a text or a number, as text; "" where it is absent or null. Raises `LineError`."""
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise LineError(f"'{name}' must be a text or a number")
    refuse_unstorable(value, f"'{name}'")
    return str(value)


def key_of(record: dict[str, Any], name: str = "key") -> int | str:
    """Return the key, a whole number or a text of 1 to 128 characters. `7` and `"7"` name the same prompt."""
    if name not in record:
        raise LineError(f"the field '{name}' is missing")
    key = record[name]
    if isinstance(key, bool) or not isinstance(key, int | str) or not 1 <= len(str(key)) <= 128:
        raise LineError(f"'{name}' must be a whole number or a text of 1 to 128 characters")
    refuse_unstorable(key, f"'{name}'")
    return key


def refuse_unstorable(value: Any, where: str) -> None:
    """Refuse text that no database column keeps: NUL characters and lone surrogates, at any depth."""
    if isinstance(value, str):
        match = UNSTORABLE.search(value)
        if match:
            problem = "a NUL character" if match[0] == "\x00" else "a lone surrogate"
            raise LineError(f"{where} holds {problem} at character {match.start() + 1}; remove it")
    elif isinstance(value, dict):
        for name, item in value.items():
            refuse_unstorable(name, where)
            refuse_unstorable(item, where)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item, where)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
