"""Strict JSON Lines reader for hostile input, with a reason for each refused line.

Reads one line at a time. Turns bytes into JSON objects or raises `LineError`; knows nothing of prompts or responses.
"""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from annotator.constraints.messages import msg, parse_problem, quoted
from annotator.strict_json import NAN_AS_NULL, STRICT, RepeatedNameError
from annotator.text_cleaning import UNSTORABLE


class LineError(ValueError):
    """Raised for a line that cannot be used; the message follows `line 17: `."""


class UnknownKindLineError(LineError):
    """Raised for a line with a constraint that no installed checker decides."""


HOW_TO_ADD_A_KIND = (
    "docs/constraints.md and docs/ifbench.md list the known kinds; a kind of your own is added by an entry point of an "
    "installed package (docs/constraints.md, “A kind of your own”)."
)


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


def parse_object(line: bytes | str, cap: int, *, nan_as_null: bool = False) -> dict[str, Any]:
    """Parse the JSON object of one line; a byte order mark before it is tolerated. Raises `LineError`.

    NaN and the infinities are no JSON; `nan_as_null` reads them as null, as files that hold metrics have them.
    """
    if len(line) > cap:
        raise LineError(msg("the line is longer than %(cap)s bytes, the most that is read", cap=f"{cap:,}"))
    try:
        text = line.removeprefix("\ufeff") if isinstance(line, str) else line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LineError(msg("byte %(place)s is not UTF-8; save the file as UTF-8", place=error.start + 1)) from None
    value = parse_json(text, nan_as_null=nan_as_null)
    if not isinstance(value, dict):
        raise LineError(msg("not a JSON object; each line must be one object in braces"))
    return value


def parse_json(text: str, *, nan_as_null: bool = False) -> Any:
    """Parse JSON: `NaN` and `Infinity` are refused, or read as null. Raises `LineError`."""
    try:
        return (NAN_AS_NULL if nan_as_null else STRICT).decode(text.strip())
    except RecursionError:
        raise LineError(msg("the JSON is nested too deeply")) from None
    except json.JSONDecodeError as error:
        problem = msg("%(problem)s at character %(place)s", problem=parse_problem(error), place=error.pos + 1)
        raise LineError(msg("not JSON: %(problem)s", problem=problem)) from None
    except RepeatedNameError as error:
        name = quoted(error.name)
        raise LineError(msg("the name %(name)s stands twice in one object; remove one of the two", name=name)) from None
    except ValueError as error:  # NaN, an infinity, or a number of too many digits
        raise LineError(msg("not JSON: %(problem)s", problem=str(error))) from None


def text_field(record: dict[str, Any], name: str, if_missing: str = "") -> str:
    """Return a required text field. Raises `LineError`, with the message `if_missing` where the field is absent."""
    value = record.get(name)
    if name not in record:
        raise LineError(if_missing or msg("the field '%(name)s' is missing", name=name))
    if not isinstance(value, str):
        raise LineError(msg("'%(name)s' must be a text", name=name))
    return value


def list_field(record: dict[str, Any], name: str) -> list[Any]:
    """Return a required list field. Raises `LineError`."""
    value = record.get(name)
    if name not in record:
        raise LineError(msg("the field '%(name)s' is missing", name=name))
    if not isinstance(value, list):
        raise LineError(msg("'%(name)s' must be a list", name=name))
    return value


def plain_field(record: dict[str, Any], name: str) -> str:
    """Return an optional field, a text or a number, as text; "" where it is absent or null. Raises `LineError`."""
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise LineError(msg("'%(name)s' must be a text or a number", name=name))
    refuse_unstorable(value, f"'{name}'")
    return str(value)


def key_of(record: dict[str, Any], name: str = "key") -> int | str:
    """Return the key, a whole number or a text of 1 to 128 characters. `7` and `"7"` name the same prompt."""
    if name not in record:
        raise LineError(msg("the field '%(name)s' is missing", name=name))
    key = record[name]
    if isinstance(key, bool) or not isinstance(key, int | str) or not 1 <= len(str(key)) <= 128:
        raise LineError(msg("'%(name)s' must be a whole number or a text of 1 to 128 characters", name=name))
    refuse_unstorable(key, f"'{name}'")
    return key


def refuse_unstorable(value: Any, where: str) -> None:
    """Refuse text that no database column keeps: NUL characters and lone surrogates, at any depth."""
    if isinstance(value, str):
        match = UNSTORABLE.search(value)
        if match:
            values = {"where": where, "place": match.start() + 1}
            if match[0] == "\x00":
                raise LineError(msg("%(where)s holds a NUL character at character %(place)s; remove it", **values))
            raise LineError(msg("%(where)s holds a lone surrogate at character %(place)s; remove it", **values))
    elif isinstance(value, dict):
        for name, item in value.items():
            refuse_unstorable(name, where)
            refuse_unstorable(item, where)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item, where)
