"""The report in Markdown, with pipe tables."""

import re
from collections.abc import Iterator, Sequence

from annotator.analysis.results.reports.values import Report
from annotator.analysis.results.table_values import Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def render(report: Report) -> Iterator[str]:
    """Write the head, then the tables."""
    yield f"# {_escaped(report.title)}\n\n{_escaped(report.about)}\n\n{_escaped(report.answer)}\n"
    if report.limits:
        yield "\n" + "".join(f"- {_escaped(sentence)}\n" for sentence in report.limits)
    for table in report.tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield f"\n## {_escaped(table.title)}\n\n"
    yield _line([column.text for column in table.columns])
    yield _rule(table)
    for row in table.rows:
        yield _line([cell.text for cell in row])
    if table.note:
        yield f"\n{_escaped(table.note)}\n"


def _rule(table: Table) -> str:
    numeric = [cell.numeric for cell in table.rows[0]]
    return "|" + "|".join("---:" if right else "---" for right in numeric) + "|\n"


def _line(texts: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(text) for text in texts) + " |\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
