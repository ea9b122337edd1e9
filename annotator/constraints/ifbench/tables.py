"""Checkers of IFBench's family `custom` about tables as comma- or tab-separated values."""

import csv
import io
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from annotator.constraints.checker import UndecidableError
from annotator.constraints.ifbench.finding import Finding, FixedChecker
from annotator.constraints.messages import Unit, amount, msg
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import MAX_SPANS, Span

_COLUMNS = 5
_ROWS = Unit("%(n)s row", "%(n)s rows")
_SPECIAL = re.compile(r"[^\w\s]")
_CITY = ["ID", "Country", "City", "Year", "Count"]


class _Row(NamedTuple):
    """One row, and the lines of the text that it takes."""

    fields: list[str]
    span: Span


class _Table(FixedChecker):
    """A number of rows with five fields each, the head included."""

    rows: ClassVar[int]
    delimiter: ClassVar[str] = ","
    quotes_kept: ClassVar[bool] = False  # whether a quotation mark is read as a part of its field

    def find(self, variant: TextVariant) -> Finding:
        head = variant.text.split("\n", 1)[0]
        if not self.has_head(head):
            note = msg("the first line is not the head that is required")
            return Finding(False, msg("another head"), [(0, len(head))], note)
        rows, count = self._rows(variant.text)
        observed = amount(count, _ROWS)
        if count != self.rows:
            note = msg("%(found)s with the head, exactly %(n)d required", found=observed, n=self.rows)
            return Finding(False, observed, [row.span for row in rows[self.rows :]], note)
        return self.judge(rows, observed)

    @abstractmethod
    def has_head(self, line: str) -> bool:
        """Whether the first line names the columns."""

    @abstractmethod
    def judge(self, rows: Sequence[_Row], observed: str) -> Finding:
        """Return the finding on the right number of rows, of which the first is the head."""

    def _rows(self, text: str) -> tuple[list[_Row], int]:
        """Read the rows as the official code does; return the first ones, as many as are shown, and the count of all.

        Raises `UndecidableError` where the official code fails.
        """
        ends = [0]
        for line in text.split("\n"):
            ends.append(ends[-1] + len(line) + 1)
        source = text.replace('"', '"""') if self.quotes_kept else text
        reader = csv.reader(io.StringIO(source), delimiter=self.delimiter)
        try:
            rows = list(islice(self._located(reader, ends, len(text)), self.rows + MAX_SPANS))
            return rows, len(rows) + sum(1 for _ in reader)
        except csv.Error:
            raise UndecidableError(
                msg("the text cannot be read as a table, on which the official checker fails")
            ) from None

    @staticmethod
    def _located(reader: Any, ends: Sequence[int], length: int) -> Iterator[_Row]:
        before = 0
        for fields in reader:
            yield _Row(fields, (ends[before], min(ends[reader.line_num] - 1, length)))
            before = reader.line_num


def _wrong_width(row: _Row, observed: str) -> Finding:
    found = amount(len(row.fields), Unit("%(n)s field", "%(n)s fields"))
    return Finding(False, observed, [row.span], msg("a row has %(found)s, %(n)d required", found=found, n=_COLUMNS))


class CsvCity(_Table):
    """Seven rows below the head ID, Country, City, Year, Count."""

    kind = "custom:csv_city"
    label = msg("CSV with seven rows")
    requirement = msg("CSV with the head ID,Country,City,Year,Count and seven rows")
    rows = 8

    def has_head(self, line: str) -> bool:
        return True  # read with the other rows, for the official code reads it as one

    def judge(self, rows: Sequence[_Row], observed: str) -> Finding:
        if rows[0].fields != _CITY:
            note = msg("the first line is not the head that is required")
            return Finding(False, msg("another head"), [rows[0].span], note)
        for row in rows[1:]:
            if len(row.fields) != _COLUMNS:
                return _wrong_width(row, observed)
        return Finding(True, observed, [row.span for row in rows])


class CsvSpecialCharacter(_Table):
    """Fourteen rows, and a quoted field with a special character; rows after it are not looked at."""

    kind = "custom:csv_special_character"
    label = msg("CSV with a special character")
    requirement = msg("CSV with fourteen rows and a special character in one quoted field")
    rows = 15
    quotes_kept = True
    head = re.compile(
        r'(?:ProductID|"ProductID"),[ \t]*(?:Category|"Category"),[ \t]*(?:Brand|"Brand"),[ \t]*(?:Price|"Price"),'
        r'[ \t]*(?:Stock|"Stock")'
    )

    def has_head(self, line: str) -> bool:
        return self.head.fullmatch(line.strip()) is not None

    def judge(self, rows: Sequence[_Row], observed: str) -> Finding:
        for row in rows[1:]:
            if len(row.fields) != _COLUMNS:
                return _wrong_width(row, observed)
            if any(map(self._is_special, row.fields)):
                return Finding(True, observed, [row.span])
        return Finding(False, observed, note=msg("no quoted field has a special character"))

    @staticmethod
    def _is_special(field: str) -> bool:
        """Whether the field begins with a quotation mark and has a special character before another on that line."""
        line = field.split("\n", 1)[0]
        return line.startswith('"') and _SPECIAL.search(line[1 : max(1, line.rfind('"'))]) is not None


class CsvQuotes(_Table):
    """Three rows separated by tabs, every field in double quotation marks."""

    kind = "custom:csv_quotes"
    label = msg("Table with quoted fields")
    requirement = msg("a table with tabs, three rows and every field in double quotation marks")
    rows = 4
    delimiter = "\t"
    quotes_kept = True
    head = re.compile(
        r'(?:StudentID|"StudentID")\t *(?:Subject|"Subject")\t *(?:Grade|"Grade")\t *(?:Semester|"Semester")\t *'
        r'(?:Score|"Score")'
    )

    def has_head(self, line: str) -> bool:
        return self.head.fullmatch(line.strip()) is not None

    def judge(self, rows: Sequence[_Row], observed: str) -> Finding:
        for row in rows:
            if len(row.fields) != _COLUMNS:
                return _wrong_width(row, observed)
            if not all(map(self._is_quoted, row.fields)):
                note = msg("a row has a field without double quotation marks")
                return Finding(False, observed, [row.span], note)
        return Finding(True, observed, [row.span for row in rows])

    @staticmethod
    def _is_quoted(field: str) -> bool:
        stripped = field.strip()
        if not stripped:
            raise UndecidableError(msg("a field is empty, on which the official checker fails"))
        return stripped[0] == '"' and stripped[-1] == '"'
