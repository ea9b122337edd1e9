"""Parquet files of a snapshot: typed columns, with features for `datasets`. Loads pyarrow."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

from annotator.releases.snapshots.columns import Column, Table

_TYPES: Mapping[str, Any] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "moment": pa.timestamp("us", tz="UTC"),
    "json": pa.string(),
    "texts": pa.list_(pa.string()),
    "integers": pa.list_(pa.int64()),
}
_FEATURES: Mapping[str, Any] = {
    "text": {"dtype": "string", "_type": "Value"},
    "integer": {"dtype": "int64", "_type": "Value"},
    "number": {"dtype": "float64", "_type": "Value"},
    "boolean": {"dtype": "bool", "_type": "Value"},
    "moment": {"dtype": "timestamp[us, tz=UTC]", "_type": "Value"},
    "json": {"dtype": "string", "_type": "Value"},
    "texts": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
    "integers": {"feature": {"dtype": "int64", "_type": "Value"}, "_type": "List"},
}


class ParquetFile:
    """One table's file, written from blocks of its JSON lines: a row group for each block.

    The settings are fixed and the library is pinned, so that the same lines give the same bytes.
    """

    def __init__(self, path: Path, table: Table) -> None:
        self._names = table.names
        metadata = {"huggingface": json.dumps({"info": {"features": features(table.columns)}})}
        self._schema = pa.schema([_field(column) for column in table.columns], metadata=metadata)
        self._parse = pyarrow.json.ParseOptions(
            explicit_schema=self._schema.remove_metadata(), unexpected_field_behavior="error"
        )
        self._writer = pq.ParquetWriter(
            path, self._schema, version="2.6", data_page_version="1.0", compression="zstd", compression_level=3
        )

    def write(self, lines: bytes) -> None:
        """Append the rows of a block of lines."""
        options = pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
        read = pyarrow.json.read_json(pa.BufferReader(lines), read_options=options, parse_options=self._parse)
        self._writer.write_table(read.select(self._names).cast(self._schema))

    def close(self) -> None:
        """Write the end of the file."""
        self._writer.close()


def features(columns: Sequence[Column]) -> dict[str, Any]:
    """Return the features of columns in the form of `datasets`."""
    return {column.name: _feature(column) for column in columns}


def _feature(column: Column) -> Any:
    if column.kind == "rows":
        return {"feature": features(column.columns), "_type": "List"}
    return _FEATURES[column.kind]


def _field(column: Column) -> Any:
    if column.kind == "rows":
        return pa.field(column.name, pa.list_(pa.struct([_field(inner) for inner in column.columns])))
    return pa.field(column.name, _TYPES[column.kind])
