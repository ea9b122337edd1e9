"""JSON Lines as they are written: one object a line, for whichever reader cuts the file into lines.

Pure. JSON itself escapes the control characters that end a line; three more line ends of Unicode may stand in a string
of JSON as they are, and Python's `str.splitlines` and others cut there.
"""

import json
from collections.abc import Mapping
from typing import Any

import orjson

_LINE_ENDS = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"})


def json_line(record: Mapping[str, Any]) -> str:
    """The record as one line with its newline. Characters beyond ASCII stay readable, line ends of any kind do not."""
    # Outside its strings JSON has no such character, so that every one stands where an escape may stand.
    return _text(record).translate(_LINE_ENDS) + "\n"


def _text(record: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(record).decode()
    except TypeError:  # a number of more than 64 bits, or half a surrogate pair
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
