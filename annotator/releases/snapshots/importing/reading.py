"""Reading of a snapshot's tables from disk; what does not fit is refused with its line. Pure."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from annotator.releases.snapshots.columns import Column, Table, decoder
from annotator.releases.snapshots.errors import SnapshotError
from annotator.text_cleaning import UNSTORABLE

AT_ONCE = 500
_LONGEST_LINE = 64 * 1024 * 1024
_KINDS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "moment": str,
    "json": str,
    "texts": list,
    "integers": list,
    "rows": list,
}
Json = dict[str, Any]


def read_chunks(folder: Path, table: Table) -> Iterator[list[Json]]:
    """Yield the rows of a table in chunks. Raises SnapshotError, which names the file and the line."""
    rows = read_rows(folder, table)
    while chunk := list(islice(rows, AT_ONCE)):
        yield chunk


def read_rows(folder: Path, table: Table) -> Iterator[Json]:
    """Yield the rows of a table. Raises SnapshotError, which names the file and the line."""
    path, decode = folder / f"{table.name}.jsonl", decoder(table.columns)
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            where = f"{path.name}, line {number}"
            try:
                row = orjson.loads(line)
                _check(where, row, table.columns)
                yield decode(row)
            except (ValueError, RecursionError) as error:
                raise SnapshotError(f"{where}: not a row of {table.name} ({str(error)[:200]}).") from None


def _check(where: str, row: Any, columns: tuple[Column, ...]) -> None:
    """Raise SnapshotError unless the row has the columns, and each of them a value of its kind or null."""
    if not isinstance(row, dict) or list(row) != [column.name for column in columns]:
        raise SnapshotError(f"{where}: other columns than {', '.join(column.name for column in columns)}.")
    for column in columns:
        value = row[column.name]
        if value is None:
            continue
        if not isinstance(value, _KINDS[column.kind]) or (isinstance(value, bool) and column.kind != "boolean"):
            raise SnapshotError(f"{where}: {column.name} is no {column.kind}.")
        if isinstance(value, str) and UNSTORABLE.search(value):
            raise SnapshotError(f"{where}: {column.name} has a character that no database stores.")
        if column.kind == "rows":
            for item in list(value):
                _check(f"{where}, {column.name}", item, column.columns)
