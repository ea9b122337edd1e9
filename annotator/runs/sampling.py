"""The sampling parameters of a run: their names, ranges and defaults. Greedy unless asked otherwise."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

DEFAULTS: dict[str, int | float] = {"max_new_tokens": 256, "temperature": 0.0, "top_p": 1.0, "seed": 0}
_RANGES: dict[str, tuple[float, float]] = {
    "max_new_tokens": (1, 32_768),
    "temperature": (0.0, 2.0),
    "top_p": (0.01, 1.0),
    "seed": (0, 2**31 - 1),
}


class SamplingError(ValueError):
    """One sentence naming the parameter, its value and what is allowed."""


def sampling_from(given: Mapping[str, Any]) -> dict[str, int | float]:
    """All four parameters, the given ones checked, the others by default."""
    unknown = sorted(set(given) - set(DEFAULTS))
    if unknown:
        raise SamplingError(
            _("unknown sampling parameter %(name)r; known parameters: %(known)s.")
            % {"name": unknown[0], "known": ", ".join(DEFAULTS)}
        )
    return {name: _checked(name, given.get(name, default), type(default)) for name, default in DEFAULTS.items()}


def _checked(name: str, value: Any, kind: type) -> int | float:
    low, high = _RANGES[name]
    whole = kind is int
    fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not fits or not low <= value <= high:
        asked = (
            _("give a whole number from %(low)g to %(high)g.")
            if whole
            else _("give a number from %(low)g to %(high)g.")
        )
        raise SamplingError(f"{name}={value!r}: {asked % {'low': low, 'high': high}}")
    return int(value) if whole else float(value)
