"""JSON read strictly: what two readers could understand differently is refused.

A name that stands twice in one object has one value for one reader and another for the next; NaN and the infinities are
no JSON. Used for the bodies of requests and for files alike. Knows nothing of either.
"""

import json
from typing import Any, NoReturn


class RepeatedNameError(ValueError):
    """Raised where an object has one name twice; `name` is it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name!r:.80} stands twice in one object")
        self.name = name


def unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these pairs. Raises `RepeatedNameError`."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names: set[str] = set()
        for name, _ in pairs:
            if name in names:
                raise RepeatedNameError(name)
            names.add(name)
    return members


def refuse_constant(name: str) -> NoReturn:
    """Raise `ValueError` for NaN or an infinity."""
    raise ValueError(f"{name} is not a JSON value")


STRICT = json.JSONDecoder(parse_constant=refuse_constant, object_pairs_hook=unique_names)
NAN_AS_NULL = json.JSONDecoder(parse_constant=lambda name: None, object_pairs_hook=unique_names)
"""Reads NaN and the infinities as null, as files that hold metrics have them."""
