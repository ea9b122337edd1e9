"""Strict reading of JSON objects into frozen dataclasses: unknown fields and wrong types are refused.

Pure Python. Knows no particular dataclass; ranges are checked by each dataclass's own `__post_init__`.
"""

from collections.abc import Mapping
from dataclasses import fields
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from annotator.constraints.messages import msg

T = TypeVar("T")


_SHOWN = 80  # characters of a refused value


class OptionsError(ValueError):
    """A JSON object that does not fit its dataclass; one sentence, a message, that names the object and the field."""


def read_options(cls: type[T], value: Mapping[str, Any], *, where: str) -> T:
    """Read a JSON object as the dataclass `cls`. Raises OptionsError, which names `where` and the field."""
    if not isinstance(value, Mapping):
        raise OptionsError(msg("%(where)s: expected a JSON object, not %(value)s.", where=where, value=shown(value)))
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # cls is a dataclass by contract
    for name, item in value.items():
        if name not in known:
            values = {"where": where, "name": shown(name), "known": ", ".join(known) or msg("none")}
            raise OptionsError(msg("%(where)s: unknown field %(name)s; known fields: %(known)s.", **values))
        _check_type(msg("%(where)s: %(part)s", where=where, part=name), item, hints[name])
    try:
        return cls(**value)
    except TypeError:  # the one cause left: a field without a default is missing
        values = {"where": where, "known": ", ".join(known)}
        raise OptionsError(msg("%(where)s: a field is missing; expected %(known)s.", **values)) from None


def shown(value: Any) -> str:
    """Return a refused value as a sentence shows it, cut to a bounded length."""
    text = repr(value)
    return f"{text[: _SHOWN - 1]}…" if len(text) > _SHOWN else text


def _check_type(what: str, item: Any, hint: Any) -> None:
    """Refuse what is not of the type `hint`: a class, a generic of one, or either of these or None."""
    if NoneType in get_args(hint):
        if item is None:
            return
        hint = next(member for member in get_args(hint) if member is not NoneType)
    expected = get_origin(hint) or hint
    fits = isinstance(item, (int, float)) if expected is float else isinstance(item, expected)
    if not fits or (isinstance(item, bool) and expected is not bool):
        values = {"what": what, "type": "JSON object" if expected is Mapping else expected.__name__}
        raise OptionsError(msg("%(what)s must be of type %(type)s, not %(value)s.", **values, value=shown(item)))
