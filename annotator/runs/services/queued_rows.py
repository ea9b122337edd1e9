"""Insertion of many queued generations, which differ in four columns alone.

`bulk_create` prepares all 27 columns of each row: 14 s of the processor for a run of 100,000 prompts, where one
prepared statement takes 4 s (`make bench-large-run`). The columns and their defaults are read from the model.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from annotator.runs.models import Generation

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """The values of a new generation; its fields are columns of `Generation`, and all others have their defaults."""

    run_id: int
    prompt_id: int
    position: int
    fingerprint: str


def queued_insert(rows: Iterable[QueuedRow]) -> int:
    """Insert a queued generation for each row, a part at a time, in the caller's transaction; return how many."""
    statement, defaults = _statement()
    rows, inserted = iter(rows), 0
    with connection.cursor() as cursor:
        while part := list(itertools.islice(rows, _ROWS_AT_ONCE)):
            cursor.executemany(statement, _values(part, defaults))
            inserted += len(part)
    return inserted


def _values(rows: Iterable[QueuedRow], defaults: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    return ((row.run_id, row.prompt_id, row.position, row.fingerprint, *defaults) for row in rows)


def _statement() -> tuple[str, tuple[object, ...]]:
    """Return the INSERT of one row, the columns of `QueuedRow` first, and the values of the other columns."""
    varying = list(QueuedRow.__slots__)
    others = [
        field for field in Generation._meta.concrete_fields if not field.primary_key and field.attname not in varying
    ]
    quoted = connection.ops.quote_name
    columns = [Generation._meta.get_field(name.removesuffix("_id")).column for name in varying]
    columns += [field.column for field in others]
    names, marks = ", ".join(map(quoted, columns)), ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {quoted(Generation._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
    return statement, tuple(field.get_db_prep_save(field.get_default(), connection) for field in others)
