"""Strict reading of JSON objects into frozen dataclasses: unknown fields and wrong types are refused.

Pure Python. Knows no particular dataclass; ranges are checked by each dataclass's own `__post_init__`.
"""

from collections.abc import Mapping
from dataclasses import fields
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class OptionsError(ValueError):
    """A JSON object that does not fit its dataclass; one sentence that names the object and the field."""


def read_options(cls: type[T], value: Mapping[str, Any], *, where: str) -> T:
    """Read a JSON object as the dataclass `cls`. Raises OptionsError, which names `where` and the field."""
    if not isinstance(value, Mapping):
        raise OptionsError(f"{where}: expected a JSON object, not {value!r}.")
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # cls is a dataclass by contract
    for name, item in value.items():
        if name not in known:
            raise OptionsError(f"{where}: unknown field {name!r}; known fields: {', '.join(known) or 'none'}.")
        _check_type(f"{where}: {name}", item, hints[name])
    try:
        return cls(**value)
    except TypeError:  # the one cause left: a field without a default is missing
        raise OptionsError(f"{where}: a field is missing; expected {', '.join(known)}.") from None


def _check_type(what: str, item: Any, hint: Any) -> None:
    """Refuse what is not of the type `hint`: a class, a generic of one, or either of these or None."""
    if NoneType in get_args(hint):
        if item is None:
            return
        hint = next(member for member in get_args(hint) if member is not NoneType)
    expected = get_origin(hint) or hint
    fits = isinstance(item, (int, float)) if expected is float else isinstance(item, expected)
    if not fits or (isinstance(item, bool) and expected is not bool):
        name = "JSON object" if expected is Mapping else expected.__name__
        raise OptionsError(f"{what} must be of type {name}, not {item!r}.")
