"""The report as one CSV file of all tables in long form: a row for each cell."""

import csv
import io
from collections.abc import Iterator, Sequence

from annotator.analysis.results.reports.values import Report
from annotator.analysis.results.table_values import Cell, Table, Value
from annotator.formulas import without_formula

_HEAD = ("table", "row", "row_name", "column", "value", "low", "high", "n", "status")


def render(report: Report) -> Iterator[str]:
    """Write a head line, then the cells table by table."""
    yield _line(_HEAD)
    for table in report.tables:
        for number, row in enumerate(table.rows, start=1):
            for column, cell in zip(table.columns, row, strict=True):
                yield _line((table.slug, number, _name(row), column.slug, *_values(cell)))


def render_table(table: Table) -> Iterator[str]:
    """Write one table with a line for each of its rows; an estimate has columns for its ends and its n."""
    estimated = [
        any(row[place].estimate is not None for row in table.rows) for place, _column in enumerate(table.columns)
    ]
    heads: list[Value] = []
    for column, has_ends in zip(table.columns, estimated, strict=True):
        heads += [column.slug, *([f"{column.slug}_low", f"{column.slug}_high", f"{column.slug}_n"] if has_ends else [])]
    yield _line(heads)
    for row in table.rows:
        values: list[Value] = []
        for cell, has_ends in zip(row, estimated, strict=True):
            values += _values(cell)[: 4 if has_ends else 1]
        yield _line(values)


def _name(row: Sequence[Cell]) -> str:
    """What a row is about: its first cells that are no numbers."""
    return " / ".join(cell.text for cell in row[:2] if not cell.numeric)


def _values(cell: Cell) -> Sequence[Value]:
    if cell.estimate is None:
        return (cell.value, None, None, None, "")
    return (cell.value, cell.estimate.low, cell.estimate.high, cell.estimate.n, cell.estimate.status)


def _line(values: Sequence[Value]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([without_formula(value) if isinstance(value, str) else value for value in values])
    return buffer.getvalue()
