"""A report: the answer, what limits it, and the tables; and its formats by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from annotator.analysis.results.pair_tables import pair_tables
from annotator.analysis.results.reports import csv_report, html_report, json_report, markdown_report, tex_report
from annotator.analysis.results.reports.values import Report
from annotator.analysis.results.run_tables import run_tables
from annotator.analysis.results.sentences import answer_sentence, limit_sentences
from annotator.analysis.results.table_values import Table
from annotator.analysis.results.values import StudyResults

__all__ = ["FORMATS", "Format", "Report", "report_of"]


class Renderer(Protocol):
    """Writes a report piece by piece."""

    def __call__(self, report: Report) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its renderer and media type."""

    render: Renderer
    media_type: str


FORMATS: Mapping[str, Format] = {
    "html": Format(html_report.render, "text/html; charset=utf-8"),
    "md": Format(markdown_report.render, "text/markdown; charset=utf-8"),
    "json": Format(json_report.render, "application/json"),
    "csv": Format(csv_report.render, "text/csv; charset=utf-8"),
    "tex": Format(tex_report.render, "application/x-tex; charset=utf-8"),
}


def report_of(results: StudyResults, *, first: str = "", second: str = "") -> Report:
    """Return the report of a study; `first` and `second` name its runs, by default by their roles."""
    tables: Sequence[Table] = [*pair_tables(results), *run_tables(results)]
    return Report(
        title=results.title,
        about=f"{results.dataset}, {results.first_role} / {results.second_role}, scope {results.scope}",
        answer=answer_sentence(results, first=first or results.first_role, second=second or results.second_role),
        limits=limit_sentences(results),
        tables=tables,
        results=results,
    )
