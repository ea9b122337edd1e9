"""Texts and counts that a server wrote: the wrong type is refused, the size bounded."""

import math
import re
from typing import Any

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_MOST_TOKENS = 2**31 - 1  # what the columns hold
_DEEPEST = 20  # objects in objects of a tool's arguments; what stores them goes down level by level


class ValidationError(ValueError):
    """A response that is JSON and not what was requested; the request is sent again."""


def read_text(value: Any) -> str:
    """Return a text, "" for none. Raises ValidationError for anything else.

    Half a surrogate pair becomes U+FFFD: a later request that repeats the text could not be written as UTF-8.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValidationError(f"a text is of type {type(value).__name__}")
    return _HALF_A_PAIR.sub("\ufffd", value)


def read_count(value: Any) -> int:
    """Return a token count, 0 for what is none. Some servers write 3.0 for 3."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    counted = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), _MOST_TOKENS) if counted else 0


def read_known_count(value: Any) -> int | None:
    """Return a token count, None where the server reports none."""
    return None if value is None else read_count(value)


def read_arguments(value: Any) -> dict[str, Any]:
    """Return the arguments of a tool call, {} for what is no object, nested too deeply, or no JSON such as NaN."""
    return value if isinstance(value, dict) and _is_storable(value, _DEEPEST) else {}


def _is_storable(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return not isinstance(value, float) or math.isfinite(value)
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_storable(part, levels - 1) for part in inner)
