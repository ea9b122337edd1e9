"""Reading of a snapshot's tables from disk; what does not fit is refused with its line."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from annotator.bulk_rows import json_text
from annotator.releases.snapshots.columns import Column, Table
from annotator.releases.snapshots.errors import SnapshotError

AT_ONCE = 1_000
SHORT = 2_000  # characters of JSON
_LONGEST_LINE = 64 * 1024 * 1024
_NUL = b"\\u0000"  # JSON has no other way to write it, and half a surrogate pair is refused by its reader
_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "moment": (str,),
    "json": (str,),
    "texts": (list,),
    "integers": (list,),
    "rows": (list,),
}
_LISTS = ("rows", "texts", "integers")
Json = dict[str, Any]


def read_chunks(folder: Path, table: Table) -> Iterator[list[Json]]:
    """Yield the rows of a table in chunks, as `read_rows` does, but with JSON columns as text."""
    rows = _rows(folder, table, _Decoder(table.columns, keeps_json=True))
    while chunk := list(islice(rows, AT_ONCE)):
        yield chunk


def read_rows(folder: Path, table: Table) -> Iterator[Json]:
    """Yield the rows of a table. Raises SnapshotError, which names the file and the line."""
    return _rows(folder, table, _Decoder(table.columns, keeps_json=False))


def _rows(folder: Path, table: Table, decoder: "_Decoder") -> Iterator[Json]:
    path = folder / f"{table.name}.jsonl"
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            try:
                row = orjson.loads(line)
                if _NUL in line:
                    _refuse_nul(row)
                decoder.decode(row)
                yield row
            except _MisfitError as error:
                raise SnapshotError(f"{path.name}, line {number}{error}.") from None
            except (ValueError, RecursionError) as error:
                where = f"{path.name}, line {number}"
                raise SnapshotError(f"{where}: not a row of {table.name} ({str(error)[:200]}).") from None


def values_of(columns: Sequence[Column], names: Sequence[str]) -> Callable[[Json], Sequence[Any]]:
    """Return a function from a row of `read_chunks` to its values in these columns, as `rows_insert` takes them."""
    kinds = {column.name: column.kind for column in columns}
    lists = [place for place, name in enumerate(names) if kinds[name] in _LISTS]
    picked = itemgetter(*names)
    if not lists:
        return picked

    def values(row: Json) -> Sequence[Any]:
        found = list(picked(row))
        for place in lists:
            found[place] = json_text(found[place])
        return found

    return values


class _MisfitError(Exception):
    """Raised for a row without its columns, or with a value of another kind; the message follows the line's number."""


class _Decoder:
    """Checks the rows of some columns, and decodes them in place.

    The types of a row's values are looked at one by one only where no row before had the same: nearly all are alike.
    """

    def __init__(self, columns: Sequence[Column], *, keeps_json: bool) -> None:
        self._columns = columns
        self._names = tuple(column.name for column in columns)
        self._known = set[tuple[type, ...]]()
        self._steps = [(column.name, step) for column in columns if (step := _step(column, keeps_json))]
        self._few = [(column.name, frozenset(few)) for column in columns if (few := column.labels or column.accepted)]

    def decode(self, row: Any) -> None:
        """Raise _MisfitError unless the row has the columns with values of their kinds, ValueError for a bad value."""
        if not isinstance(row, dict) or tuple(row) != self._names:
            raise _MisfitError(f": other columns than {', '.join(self._names)}")
        types = tuple(map(type, row.values()))
        if types not in self._known:
            self._check(types)
            self._known.add(types)
        for name, accepted in self._few:
            _check_few(name, row[name], accepted)
        for name, step in self._steps:
            value = row[name]
            if value is not None:
                row[name] = step(value)

    def _check(self, types: tuple[type, ...]) -> None:
        for column, type_ in zip(self._columns, types, strict=True):
            if type_ is not type(None) and type_ not in _KINDS[column.kind]:
                raise _MisfitError(f": {column.name} is no {column.kind}")


def _check_few(name: str, value: Any, accepted: frozenset[str]) -> None:
    """Raise _MisfitError for a value that no page and no figure knows; null is one everywhere."""
    for item in value if isinstance(value, list) else (value,):
        if item is not None and (not isinstance(item, str) or item not in accepted):
            raise _MisfitError(
                f": {name} is {str(item)[:40]!r}, and none of {', '.join(filter(None, sorted(accepted)))}"
            )


def _step(column: Column, keeps_json: bool) -> Callable[[Any], Any] | None:
    """Return how a value of the column is decoded, None for one that stays as it is."""
    if column.kind == "rows":
        return partial(_decoded_rows, column.name, _Decoder(column.columns, keeps_json=keeps_json))
    if column.kind == "json":
        return _checked_json if keeps_json else json.loads
    return _moment if column.kind == "moment" else None


def _decoded_rows(name: str, decoder: _Decoder, rows: list[Any]) -> list[Any]:
    try:
        for row in rows:
            decoder.decode(row)
    except _MisfitError as error:
        raise _MisfitError(f", {name}{error}") from None
    return rows


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the moment {text} has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"the moment {text} is an hour that no year has") from None


def _checked_json(text: str) -> str:
    """Return a text that is JSON. Raises ValueError for any other."""
    if len(text) <= SHORT:
        _parse_short(text)
    else:
        orjson.loads(text)
    return text


@lru_cache(maxsize=4096)
def _parse_short(text: str) -> None:
    """Parse once: short values repeat a lot, and long ones would fill the memory."""
    orjson.loads(text)


def _refuse_nul(row: Any) -> None:
    """Raise _MisfitError for a row with a NUL character in a text."""
    for name, value in row.items() if isinstance(row, dict) else ():
        if _has_nul(value):
            raise _MisfitError(f": {name} has a character that no database stores")


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(name) or _has_nul(item) for name, item in value.items())
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value
