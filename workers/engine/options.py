"""Reads stored JSON objects into frozen dataclasses, refusing what they don't name. Knows no particular option."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_origin, get_type_hints

from workers.engine.errors import PermanentEngineError

T = TypeVar("T")


def read_options(cls: type[T], value: Mapping[str, Any], *, where: str) -> T:
    """Make the dataclass `cls` from a JSON object; an unknown field or a wrong type is one sentence.

    Ranges are the business of the dataclass's own `__post_init__`.
    """
    if not isinstance(value, Mapping):
        raise PermanentEngineError(f"{where}: expected a JSON object, not {value!r}.")
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # cls is a dataclass by contract
    for name, given in value.items():
        if name not in known:
            raise PermanentEngineError(f"{where}: unknown field {name!r}; known fields: {', '.join(known)}.")
        _check_type(f"{where}: {name}", given, get_origin(hints[name]) or hints[name])
    try:
        return cls(**value)
    except TypeError:  # the one cause left: a field without a default is missing
        raise PermanentEngineError(f"{where}: a field is missing; expected {', '.join(known)}.") from None


def _check_type(what: str, given: Any, expected: type) -> None:
    fits = isinstance(given, (int, float)) if expected is float else isinstance(given, expected)
    if not fits or (isinstance(given, bool) and expected is not bool):
        name = "JSON object" if expected is Mapping else expected.__name__
        raise PermanentEngineError(f"{what} must be of type {name}, not {given!r}.")
