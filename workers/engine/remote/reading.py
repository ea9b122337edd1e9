"""Texts and counts that a server wrote: the wrong type is refused, the size bounded."""

from typing import Any

_MOST_TOKENS = 2**31 - 1  # what the columns hold


class ValidationError(ValueError):
    """A response that is JSON and not what was requested; the request is sent again."""


def read_text(value: Any) -> str:
    """Return a text, "" for none. Raises ValidationError for anything else."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValidationError(f"a text is of type {type(value).__name__}")
    return value


def read_count(value: Any) -> int:
    """Return a token count, 0 for what is none."""
    counted = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), _MOST_TOKENS) if counted else 0


def read_known_count(value: Any) -> int | None:
    """Return a token count, None where the server reports none."""
    return None if value is None else read_count(value)
