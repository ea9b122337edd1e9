"""Charts as files: SVG and PNG drawn by vl-convert, on this machine alone, and their rows as CSV.

A file has no page whose colours it could follow, so that it gets those of the light theme.
"""

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from annotator.analysis.charts import Spec
from annotator.formulas import without_formula

_WIDTH_PX = 720
_SCALE = 2
"""A PNG has twice as many pixels as the chart has units, for print."""

COLOURS: Mapping[str, str] = {
    "accent": "#3b4cca",
    "edge": "#8b8780",
    "ink": "#1d1f24",
    "line": "#e3dfd8",
    "obeyed": "#0b6e5b",
    "soft": "#5c6068",
    "violated": "#b3361b",
}
"""The light theme of `cotrast.css`; a test compares them."""

_VARIABLE = re.compile(r"var\(--([a-z-]+)\)")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMED = ("datasets", "domain", "sort", "title")
"""The parts of a specification that hold names of runs, patterns and models: one may look like a variable."""


def chart_svg(spec: Spec) -> str:
    """Return the chart as SVG."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(_printed(spec))
    return svg


def chart_png(spec: Spec) -> bytes:
    """Return the chart as PNG."""
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(_printed(spec), scale=_SCALE)
    return png


def chart_rows(spec: Spec) -> str:
    """Return the rows of all datasets of the chart as CSV, with the columns of all."""
    rows: list[dict[str, Any]] = [row for rows in spec["datasets"].values() for row in rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    return without_formula(value) if isinstance(value, str) else value


def _printed(spec: Spec) -> Spec:
    """The chart with a width and colours of its own, on white."""
    return {**_drawable(_coloured(spec)), "width": _WIDTH_PX, "background": "white", "autosize": {"type": "pad"}}


def _drawable(part: Any) -> Any:
    """The part without characters that XML has not: over one of them the library ends the whole process."""
    if isinstance(part, dict):
        return {name: _drawable(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_drawable(value) for value in part]
    return _NOT_XML.sub("\ufffd", part) if isinstance(part, str) else part


def _coloured(part: Any) -> Any:
    """The part with colours for variables, but where names of people's making stand."""
    if isinstance(part, dict):
        return {name: value if name in _NAMED else _coloured(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_coloured(value) for value in part]
    found = _VARIABLE.fullmatch(part) if isinstance(part, str) else None
    return COLOURS[found[1]] if found else part
