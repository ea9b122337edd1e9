"""Moments and durations as other tools write them. Pure."""

from datetime import UTC, datetime
from typing import Any

_DAY_S = 86_400


def moment_of(value: Any) -> datetime | None:
    """Return the moment of an ISO 8601 text with a time zone, None for any other value."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):  # an hour before the first year, or after the last
        return None


def seconds_of(value: Any) -> int | None:
    """Return whole seconds, at most a day; None for a value that is no duration."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(min(max(value, 0), _DAY_S))
