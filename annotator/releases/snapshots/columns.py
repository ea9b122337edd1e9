"""Columns of a snapshot's tables: kinds, meanings, and conversion to JSON. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from annotator.canonical import canonical_json

Kind = Literal["text", "integer", "number", "boolean", "moment", "json", "texts", "integers", "rows"]
Row = dict[str, Any]
Clean = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `labels` are its values where they are few; `columns` are those of a nested list of rows.

    `accepted` are the values that an import takes where the schema has none of `labels`: for a list, its items.

    `licensed` marks texts of prompts and of models: under the terms of others, and never searched for names. A `json`
    column is text in JSON, since its values have no one shape; an `encoded` one comes as such text already, and encoded
    rows come with their columns in order.
    """

    name: str
    kind: Kind
    meaning: str
    columns: tuple["Column", ...] = ()
    labels: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    licensed: bool = False
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a snapshot. `key` names the columns that identify a row."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]


def encoder(columns: Sequence[Column], *, clean: Clean | None, withheld: bool) -> Callable[[Mapping[str, Any]], Row]:
    """Return a function from a row of Python values to one of JSON values, in the order of the columns.

    `clean` is applied to what is not `licensed`; what is becomes null where texts are `withheld`.
    """
    names = [column.name for column in columns]
    steps = [(column.name, step) for column in columns if (step := _encoding(column, clean, withheld))]

    def encode(row: Mapping[str, Any]) -> Row:
        encoded = {name: row[name] for name in names}
        for name, step in steps:
            encoded[name] = step(encoded[name])
        return encoded

    return encode


def json_text(value: Any) -> str | None:
    """Return canonical JSON as text, null for null."""
    return None if value is None else canonical_json(value).decode("utf-8", "surrogatepass")


def _encoding(column: Column, clean: Clean | None, withheld: bool) -> Callable[[Any], Any] | None:
    if column.licensed and withheld:
        return _nothing
    if column.kind == "rows":
        if column.encoded and clean is None and not withheld:
            return None  # there are many of them
        return partial(_each, encoder(column.columns, clean=clean, withheld=withheld))
    if column.kind == "moment":
        return _moment_text
    cleaned = None if column.licensed or column.labels else clean
    if column.kind == "json":
        text = None if column.encoded else json_text
        return text if cleaned is None else partial(_cleaned_json, cleaned, text)
    if cleaned is None or column.kind not in ("text", "texts"):
        return None
    return partial(_cleaned, cleaned)


def _each(step: Callable[[Any], Row], rows: Sequence[Any] | None) -> list[Row] | None:
    return None if rows is None else [step(row) for row in rows]


def _nothing(_value: Any) -> None:
    return None


def _moment_text(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _cleaned(clean: Clean, value: str | Sequence[str | None] | None) -> Any:
    if value is None or isinstance(value, str):
        return value and clean(value)
    return [item and clean(item) for item in value]


def _cleaned_json(clean: Clean, text: Callable[[Any], str | None] | None, value: Any) -> str | None:
    written = value if text is None else text(value)
    return written and clean(written)
