"""Insertion of many queued generations, which differ in four columns alone.

`bulk_create` prepares all 27 columns of each row: of 100,000 rows that took 14 s of the processor, and this takes 3 s
(`make bench-large-run`). The columns and their defaults are read from the model.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from annotator.runs.models import Generation

_ROWS_AT_ONCE = 5_000
_VARYING = ("run_id", "prompt_id", "position", "fingerprint")


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """The values of a new generation; its fields are columns of `Generation`, and all others have their defaults."""

    run_id: int
    prompt_id: int
    position: int
    fingerprint: str


def queued_insert(rows: Iterable[QueuedRow]) -> int:
    """Insert a queued generation for each row, a part at a time, in the caller's transaction; return how many."""
    insert = _insert_arrays if connection.vendor == "postgresql" else _insert_each
    rows, inserted = iter(rows), 0
    with connection.cursor() as cursor:
        while part := list(itertools.islice(rows, _ROWS_AT_ONCE)):
            insert(cursor, [astuple(row) for row in part])
            inserted += len(part)
    return inserted


def _insert_each(cursor: CursorWrapper, rows: list[tuple[Any, ...]]) -> None:
    """Insert by a statement that the database prepares once."""
    defaults = _defaults()
    marks = ", ".join(["%s"] * (len(_VARYING) + len(defaults)))
    cursor.executemany(f"{_insert(defaults)} VALUES ({marks})", [(*row, *defaults.values()) for row in rows])


def _insert_arrays(cursor: CursorWrapper, rows: list[tuple[Any, ...]]) -> None:
    """Insert by one statement that gets each varying column as an array: Django lets psycopg prepare none."""
    defaults = _defaults()
    constants = ", ".join(["%s"] * len(defaults))
    arrays = "unnest(%s::bigint[], %s::bigint[], %s::int[], %s::text[])"
    columns = [list(column) for column in zip(*rows, strict=True)]
    statement = f"{_insert(defaults)} SELECT new.*, {constants} FROM {arrays} AS new"  # noqa: S608 - names of columns
    cursor.execute(statement, [*defaults.values(), *columns])


def _insert(defaults: Mapping[str, Any]) -> str:
    quoted = connection.ops.quote_name
    return f"INSERT INTO {quoted(Generation._meta.db_table)} ({', '.join(map(quoted, [*_VARYING, *defaults]))})"


def _defaults() -> dict[str, Any]:
    """Return the value of every other column of a new row, by the column's name."""
    return {
        field.attname: field.get_db_prep_save(field.get_default(), connection)
        for field in Generation._meta.concrete_fields
        if not field.primary_key and field.attname not in _VARYING
    }
