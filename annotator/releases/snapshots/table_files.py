"""Files of one table: JSON lines, Parquet and CSV, written in blocks, with sizes and hashes.

Rows are made by the caller's thread. One more thread writes, hashes and compresses, and has at most one block waiting:
memory stays flat, and the second core is used.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from annotator.releases.snapshots.columns import Table
from annotator.releases.spreadsheets import csv_rows

FORMATS = ("jsonl", "parquet", "csv")
_LINE_ENDS = {mark.encode(): f"\\u{ord(mark):04x}".encode() for mark in "\x85\u2028\u2029"}
_BLOCK_BYTES = 4 * 1024 * 1024
_READ_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of a snapshot: its name, size and SHA-256; `rows` is null for a file that has none."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


def write_table(
    folder: Path, table: Table, rows: Iterable[Mapping[str, Any]], formats: Collection[str]
) -> Iterator[int]:
    """Write the files of a table and yield the number of rows so far, a block at a time. JSON lines are always made."""
    sinks = [_open(folder, table, name) for name in FORMATS if name in formats or name == "jsonl"]
    count, block = 0, bytearray()
    with ThreadPoolExecutor(max_workers=1) as writer:
        waiting: Future[None] | None = None
        try:
            for row in rows:
                block += orjson.dumps(row)
                block += b"\n"
                count += 1
                if len(block) >= _BLOCK_BYTES:
                    waiting = _handed_over(writer, waiting, sinks, _lines(block))
                    block.clear()
                    yield count
            waiting = _handed_over(writer, waiting, sinks, _lines(block))
            if waiting is not None:
                waiting.result()
        finally:
            if waiting is not None:
                waiting.cancel()
    for sink in sinks:
        sink.close()
    yield count


def written_file(path: Path, *, name: str, rows: int | None = None) -> WrittenFile:
    """Describe a file as it is on disk."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ_AT_ONCE):
            digest.update(part)
        return WrittenFile(name, file.tell(), digest.hexdigest(), rows)


def _lines(block: bytearray) -> bytes:
    """Return the lines, for whichever reader cuts them: Unicode's other line ends are escaped."""
    lines = bytes(block)
    if lines.isascii():
        return lines
    for mark, escaped in _LINE_ENDS.items():
        lines = lines.replace(mark, escaped)
    return lines


def _handed_over(
    writer: ThreadPoolExecutor, waiting: "Future[None] | None", sinks: list[Any], block: bytes
) -> "Future[None] | None":
    """Wait for the block before, and hand over the next one."""
    if waiting is not None:
        waiting.result()
    return writer.submit(_write, sinks, block) if block else None


def _write(sinks: list[Any], block: bytes) -> None:
    for sink in sinks:
        sink.write(block)


def _open(folder: Path, table: Table, format: str) -> Any:
    path = folder / f"{table.name}.{format}"
    if format == "parquet":
        from annotator.releases.snapshots.parquet import ParquetFile

        return ParquetFile(path, table)
    return _CsvFile(path, table) if format == "csv" else path.open("wb")


class _CsvFile:
    """The same rows for spreadsheets: lists are JSON in their cell, and no cell is run as a formula."""

    def __init__(self, path: Path, table: Table) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._names = table.names
        self._file.write(next(csv_rows((), self._names)))

    def write(self, lines: bytes) -> None:
        cells = csv_rows((orjson.loads(line) for line in lines.splitlines()), self._names)
        next(cells)  # the head
        self._file.writelines(cells)

    def close(self) -> None:
        self._file.close()
