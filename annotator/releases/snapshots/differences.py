"""Differences of two snapshots: rows added, removed and changed in each table, by key."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from annotator.input_files import open_input
from annotator.releases.snapshots.columns import Table
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import read_manifest
from annotator.releases.snapshots.tables import TABLES

_NAMED = 5
Key = tuple[Any, ...]


@dataclass
class TableDifference:
    """Differences of a table: counts, and the first keys of each kind. `columns` are those of the first changed row."""

    table: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    first: dict[str, list[Key]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)

    def count(self, kind: str, key: Key) -> None:
        """Count a row as added, removed or changed."""
        setattr(self, kind, getattr(self, kind) + 1)
        named = self.first.setdefault(kind, [])
        if len(named) < _NAMED:
            named.append(key)


def snapshot_differences(before: Path, after: Path) -> Iterator[TableDifference]:
    """Yield the tables that differ. Raises SnapshotError for a folder without a usable manifest or table."""
    hashes = [{file.name: file.sha256 for file in read_manifest(folder).files.values()} for folder in (before, after)]
    for table in TABLES:
        name = f"{table.name}.jsonl"
        if hashes[0].get(name) != hashes[1].get(name):
            yield _difference(table, before / name, after / name)


def _difference(table: Table, before: Path, after: Path) -> TableDifference:
    """Compare by key. Of the first file only a digest a row is held."""
    found = TableDifference(table.name)
    known = {key: (digest, place) for key, digest, place, _line in _rows(table, before)}
    for key, digest, _place, line in _rows(table, after):
        earlier = known.pop(key, None)
        if earlier is None:
            found.count("added", key)
        elif earlier[0] != digest:
            found.count("changed", key)
            if not found.columns:
                found.columns = _changed_columns(before, earlier[1], line)
    for key in known:
        found.count("removed", key)
    return found


def _rows(table: Table, path: Path) -> Iterator[tuple[Key, bytes, int, bytes]]:
    """(key, digest, offset, line) of each row."""
    place = 0
    try:
        with open_input(path) as lines:
            for line in lines:
                row = orjson.loads(line)
                yield tuple(row[name] for name in table.key), blake2b(line, digest_size=16).digest(), place, line
                place += len(line)
    except OSError as error:
        raise SnapshotError(f"{path}: {error.strerror}; verify the snapshot first.") from None
    except (ValueError, KeyError, TypeError):
        raise SnapshotError(
            f"{path}: byte {place:,} begins no row of {table.name}; verify the snapshot first."
        ) from None


def _changed_columns(path: Path, place: int, line: bytes) -> list[str]:
    with path.open("rb") as lines:
        lines.seek(place)
        earlier, later = orjson.loads(lines.readline()), orjson.loads(line)
    return [name for name in later if earlier.get(name) != later[name]]
