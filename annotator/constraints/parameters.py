"""Parameters of a kind: their types and ranges, and the errors that name them.

A missing or null argument is accepted: published data has such constraints, and the official code draws a random value
for them. They load, and their verdict is "unverifiable".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.constraints.verdict import ConstraintArgumentError

AT_LEAST = "at least"
LESS_THAN = "less than"

_LARGEST = 10**9


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named parameter; `check` returns a value in its canonical form or raises `ValueError`."""

    name: str

    def check(self, value: Any) -> Any:
        raise TypeError(f"{type(self).__name__} does not say what it accepts")


@dataclass(frozen=True, slots=True)
class Integer(Parameter):
    minimum: int | None = 0

    def check(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # pandas and the hub turn integers with nulls beside them into floats
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be an integer, not {value!r:.80}")
        if self.minimum is not None and value < self.minimum:
            raise ValueError(f"must be at least {self.minimum}, not {value}")
        if abs(value) > _LARGEST:
            raise ValueError(f"must be at most {_LARGEST}")
        return value


@dataclass(frozen=True, slots=True)
class Text(Parameter):
    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be a text, not {value!r:.80}")
        return value


@dataclass(frozen=True, slots=True)
class Letter(Parameter):
    def check(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) != 1 or len(value.lower()) != 1:
            raise ValueError(f"must be a single character, not {value!r:.80}")
        return value


@dataclass(frozen=True, slots=True)
class Texts(Parameter):
    def check(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
            raise ValueError(f"must be a list of texts, not {value!r:.80}")
        return tuple(value)


@dataclass(frozen=True, slots=True)
class Choice(Parameter):
    options: tuple[str, ...]

    def check(self, value: Any) -> str:
        if value not in self.options:
            raise ValueError(f"must be one of {', '.join(map(repr, self.options))}, not {value!r:.80}")
        return str(value)


@dataclass(frozen=True, slots=True)
class Relation(Choice):
    options: tuple[str, ...] = (LESS_THAN, AT_LEAST)


def checked(kind: str, parameters: tuple[Parameter, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in canonical form, nulls left out; raises `ConstraintArgumentError`."""
    known = {parameter.name: parameter for parameter in parameters}
    values = {}
    for name, value in kwargs.items():
        if value is None:
            continue
        if name not in known:
            takes = f"takes {', '.join(known)}" if known else "takes no arguments"
            raise ConstraintArgumentError(kind, str(name), f"is unknown; the kind {takes}")
        try:
            values[name] = known[name].check(value)
        except ValueError as error:
            raise ConstraintArgumentError(kind, name, str(error)) from None
    return values
