"""Reading of a labelled file: its tool, its rows, and a survey of its fields and values.

Knows no database.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from annotator.constraints.messages import msg, quoted
from annotator.datasets.jsonl import LineError, parse_object
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.rows import ROW_CAP, Row, array_rows, line_rows
from annotator.datasets.responses.unpacking import SourceFile, unpacked
from annotator.studies.labelled_files.argilla import ArgillaSettings, looks_like_argilla, parse_record
from annotator.studies.labelled_files.label_studio import looks_like_label_studio, parse_task
from annotator.studies.labelled_files.records import LabelledRow, text_in

_PEEKED_ROWS = 20
_PEEKED_BYTES = 4_096
_NAMES_AT_MOST = 100
_VALUES_AT_MOST = 50
_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: its name, how its rows are recognised and read."""

    name: str
    looks_like: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[Mapping[str, Any]], LabelledRow]


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("label-studio", looks_like_label_studio, parse_task),
        Tool("argilla", looks_like_argilla, parse_record),
    )
}


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file whose tool is known."""

    source: SourceFile
    tool: Tool

    def rows(self) -> Iterator[Row]:
        """Read the file from its start. Raises `ResponseFileError` and `OSError`."""
        with _rows(self.source) as rows:
            yield from rows

    def parsed(self, row: Row) -> LabelledRow:
        """Parse a row. Raises `LineError`."""
        if row.broken:
            raise LineError(row.broken)
        try:
            return self.tool.parse(parse_object(row.raw, ROW_CAP, nan_as_null=True))
        except RecursionError:
            raise LineError(msg("the JSON is nested too deeply")) from None


@dataclass
class Survey:
    """The content of a file: field -> (rows that have it, an example), control -> value -> count, author -> count.

    Of many names and many values only the first are kept.
    """

    rows: int = 0
    left_out: int = 0
    fields: dict[str, tuple[int, str]] = field(default_factory=dict)
    controls: dict[str, Counter[str]] = field(default_factory=dict)
    authors: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str]] = field(default_factory=list)


def labelled_file(source: SourceFile, tool: str = "", settings: ArgillaSettings | None = None) -> LabelledFile:
    """Recognise the tool of a file by its first rows, or take the named one. Raises `ResponseFileError`, `OSError`."""
    file = _recognised(source, tool)
    if settings is None:
        return file
    if file.tool is not TOOLS["argilla"]:
        raise ResponseFileError(msg("settings are those of Argilla, and %(file)s is not", file=str(source)))
    return replace(file, tool=replace(file.tool, parse=partial(parse_record, rankings=settings.rankings)))


def _recognised(source: SourceFile, tool: str) -> LabelledFile:
    if tool:
        if tool not in TOOLS:
            raise ResponseFileError(
                msg("unknown tool %(tool)s; known tools: %(known)s.", tool=quoted(tool), known=", ".join(TOOLS))
            )
        return LabelledFile(source, TOOLS[tool])
    with _rows(source) as rows:
        for row in islice(rows, _PEEKED_ROWS):
            for known in TOOLS.values():
                if known.looks_like(_fields(row)):
                    return LabelledFile(source, known)
    raise ResponseFileError(
        msg(
            "%(file)s is no export of Label Studio (data, annotations) nor of Argilla (fields, responses); "
            "is it the right file?",
            file=str(source),
        )
    )


def survey_of(file: LabelledFile) -> Survey:
    """Read the whole file and count what it holds. Raises `ResponseFileError` and `OSError`."""
    survey = Survey()
    for row in file.rows():
        survey.rows += 1
        try:
            _count(survey, file.parsed(row))
        except LineError as error:
            if len(survey.problems) < _VALUES_AT_MOST:
                survey.problems.append((row.number, error.args[0]))
    return survey


def place(number: int) -> str:
    """Return the place of a row in words."""
    return msg("row %(number)s", number=number)


def _count(survey: Survey, row: LabelledRow) -> None:
    survey.left_out += row.left_out
    for name, value in row.fields.items():
        seen, example = survey.fields.get(name, (0, ""))
        if seen or len(survey.fields) < _NAMES_AT_MOST:
            survey.fields[name] = (seen + 1, example or (text_in(value) or "")[: _EXAMPLE * 4])
    for made in row.annotations:
        if made.author in survey.authors or len(survey.authors) < _NAMES_AT_MOST:
            survey.authors[made.author] += 1
        for control, values in made.values.items():
            if control in survey.controls or len(survey.controls) < _NAMES_AT_MOST:
                counted = survey.controls.setdefault(control, Counter())
                for value in values:
                    if value in counted or len(counted) < _VALUES_AT_MOST:
                        counted[value] += 1


def _fields(row: Row) -> Mapping[str, Any]:
    try:
        return {} if row.broken else parse_object(row.raw, ROW_CAP, nan_as_null=True)
    except LineError:
        return {}


@contextmanager
def _rows(source: SourceFile) -> Iterator[Iterator[Row]]:
    with unpacked(source) as file:
        start = file.peek(_PEEKED_BYTES)  # type: ignore[attr-defined]  # a BufferedReader
        is_array = start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
        yield (partial(array_rows, member=None) if is_array else line_rows)(file)
