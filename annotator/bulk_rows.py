"""Insertion of many rows at once: COPY on PostgreSQL, a prepared statement on SQLite.

A model object for each row costs more than its insertion: `bulk_create` prepares every column of every row
(`make bench-release`, docs/snapshots.md). Columns that are not given get the default of their field. Nothing is
validated but by the database, and no signal is sent. Knows no model.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import DateTimeField, Field, Model, UUIDField
from django.utils import timezone

_ROWS_AT_ONCE = 2_000
_Row = Sequence[Any]


def rows_insert(model: type[Model], columns: Sequence[str], rows: Iterable[_Row]) -> int:
    """Insert rows of these columns ("run_id", not "run"), in the caller's transaction; return how many.

    A JSON column takes its text (`json_text`), or None.
    """
    constants = _defaults(model, columns)
    names, values = [*columns, *constants], tuple(constants.values())
    steps = _steps(model, columns)
    prepared = rows if not steps else (_prepared(row, steps) for row in rows)
    return _insert(model, names, ((*row, *values) for row in prepared))


def rows_insert_numbered(model: type[Model], columns: Sequence[str], rows: Sequence[_Row]) -> list[int]:
    """Insert rows as `rows_insert` does, and return their ids in order."""
    ids = _new_ids(model, len(rows))
    rows_insert(model, ("id", *columns), ((pk, *row) for pk, row in zip(ids, rows, strict=True)))
    return ids


def json_text(value: Any) -> str | None:
    """Return a JSON value as text, None for None: the null of the database, as a model stores it."""
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a number of more than 64 bits
        return json.dumps(value)


def _defaults(model: type[Model], besides: Sequence[str]) -> dict[str, Any]:
    """Return the value of every other column of a new row but its id, by the column's name."""
    return {
        field.attname: field.get_db_prep_save(_default(field), connection)
        for field in model._meta.concrete_fields
        if not field.primary_key and field.attname not in besides
    }


def _default(field: "Field[Any, Any]") -> Any:
    drawn_at_once = isinstance(field, DateTimeField) and (field.auto_now or field.auto_now_add)
    return timezone.now() if drawn_at_once else field.get_default()


def _steps(model: type[Model], columns: Sequence[str]) -> list[tuple[int, Callable[[Any], Any]]]:
    """Return (place of the column, its conversion) where the driver does not convert by itself."""
    if connection.vendor == "postgresql":
        return []
    fields = {field.attname: field for field in model._meta.concrete_fields}
    steps: list[tuple[type, Callable[[Any], Any]]] = [
        (DateTimeField, connection.ops.adapt_datetimefield_value),
        (UUIDField, _hex),
    ]
    return [
        (place, step) for place, name in enumerate(columns) for kind, step in steps if isinstance(fields[name], kind)
    ]


def _hex(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _prepared(row: _Row, steps: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, step in steps:
        values[place] = step(values[place])
    return values


def _insert(model: type[Model], columns: Sequence[str], rows: Iterator[_Row]) -> int:
    quoted = connection.ops.quote_name
    table, names = quoted(model._meta.db_table), ", ".join(map(quoted, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _copy(cursor, f"COPY {table} ({names}) FROM STDIN", rows)
        marks = ", ".join(["%s"] * len(columns))
        return _insert_each(cursor, f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - names alone


def _copy(cursor: Any, statement: str, rows: Iterator[_Row]) -> int:
    """Copy the rows part by part: where they are read from this connection, none is read while it copies."""
    inserted = 0
    while part := list(islice(rows, _ROWS_AT_ONCE)):
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            for row in part:
                copy.write_row(row)
        inserted += len(part)
    return inserted


def _insert_each(cursor: Any, statement: str, rows: Iterator[_Row]) -> int:
    inserted = 0
    while part := list(islice(rows, _ROWS_AT_ONCE)):
        cursor.executemany(statement, part)
        inserted += len(part)
    return inserted


def _new_ids(model: type[Model], count: int) -> list[int]:
    """Draw ids that no other row gets. On SQLite the caller's transaction has the only write lock."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "pg_get_serial_sequence(%s, 'id')"
            cursor.execute(
                f"SELECT nextval({sequence}) FROM generate_series(1, %s)",  # noqa: S608 - no value in it
                [connection.ops.quote_name(table), count],
            )
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
        return list(range(last + 1, last + count + 1))
