"""Records as rows of CSV for spreadsheets. Pure.

A column is a path into the record, `first.language_model.slug`; lists and deeper objects are JSON in their cell. A text
that a spreadsheet would run as a formula begins with an apostrophe, so that the JSON lines are the exact form.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from annotator.formulas import without_formula


def csv_rows(records: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Yield the head, then a row for each record, each with its line end. What a record lacks is an empty cell."""
    yield _row(columns)
    paths = [column.split(".") for column in columns]
    for record in records:
        yield _row([_cell(_at(record, path)) for path in paths])


def _at(record: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = record
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return without_formula(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return json.dumps(value, ensure_ascii=False)
    return value


def _row(cells: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
