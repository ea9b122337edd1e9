"""The report as one self-contained HTML file: no script, nothing from elsewhere, light and dark."""

from collections.abc import Iterator

from django.utils.html import escape

from annotator.analysis.results.reports.values import Report
from annotator.analysis.results.table_values import Table

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}"
    ".answer{font:1.15rem/1.5 ui-serif,Georgia,serif;max-width:60rem}"
    ".wide{overflow-x:auto}"
    "table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}"
    "th,td{padding:4px 10px;border-top:1px solid color-mix(in srgb,currentColor 25%,transparent);text-align:left}"
    "thead th{border:0;font-weight:500;vertical-align:bottom}"
    ".n{text-align:right;white-space:nowrap}"
    "p.note{max-width:60rem;opacity:.75;font-size:13px}"
)
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
"""


def render(report: Report) -> Iterator[str]:
    """Write the head, then the tables."""
    title = escape(report.title)
    yield f"{_HEAD}<title>{title}</title><style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    yield f'<p>{escape(report.about)}</p>\n<p class="answer">{escape(report.answer)}</p>\n'
    if report.limits:
        yield "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in report.limits) + "</ul>\n"
    for table in report.tables:
        yield from _table(table)
    yield "</body></html>\n"


def _table(table: Table) -> Iterator[str]:
    yield f'<h2 id="{escape(table.slug)}">{escape(table.title)}</h2>\n<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(column.text)}</th>' for column in table.columns)
    yield "</tr></thead><tbody>\n"
    for row in table.rows:
        cells = (
            f'<td class="n">{escape(cell.text)}</td>' if cell.numeric else f"<td>{escape(cell.text)}</td>"
            for cell in row
        )
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody></table></div>\n"
    if table.note:
        yield f'<p class="note">{escape(table.note)}</p>\n'
