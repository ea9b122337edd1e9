"""Charts as files: drawn offline, in the colours of the light theme, and their rows."""

import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from annotator.analysis.chart_files import COLOURS, chart_png, chart_rows, chart_svg
from annotator.analysis.charts import Amount, Dumbbell, amount_chart, dumbbell_chart
from tests.paths import REPOSITORY

DUMBBELL = dumbbell_chart([Dumbbell("tiny", 72.8, 69.5, "base", "cot")], title="%")


def test_colours_are_those_of_the_light_theme() -> None:
    css = Path(REPOSITORY / "annotator/web/static/cotrast/cotrast.css").read_text()
    light = dict(re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]+),", css))
    assert {name: light[name] for name in COLOURS} == COLOURS


def test_an_svg_has_its_texts_and_no_variable_of_a_page() -> None:
    svg = chart_svg(DUMBBELL)
    assert svg.startswith("<svg")
    assert "var(--" not in svg
    assert "tiny" in svg
    assert COLOURS["violated"] in svg  # it went down


HOSTILE = (
    "var(--nothing)",
    "var(--ink)",
    "</text><script>alert(1)</script>",
    "a\x08b\x00c",
    "a\x1b[31m\x9b",
    "\ufffe\uffff",
    "a\ud800b",
    "\u202e=1+1",
    "{{ 7 }}",
    "\x85\u2028",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_looks_like_code_is_drawn_as_a_name(name: str) -> None:
    chart = amount_chart([Amount(name, "hurt", name, 9), Amount("plain", "helped", "gained", 1)], title="n")
    dumbbell = dumbbell_chart([Dumbbell(name, 72.8, 69.5, name, "cot")], title="%")
    for spec in (chart, dumbbell):
        svg = chart_svg(spec)
        assert "<script" not in svg
        ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
        assert chart_png(spec).startswith(b"\x89PNG")
    assert ("var(--ink)" in chart_svg(chart)) == (name == "var(--ink)")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''@x"])
def test_no_cell_of_the_rows_is_a_formula_and_each_is_read_back(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(chart_rows(amount_chart([Amount(name, "hurt", "lost", 9)], title="n")), ""))
    assert row["row"] == f"'{name}"


def test_a_png_is_one() -> None:
    assert chart_png(DUMBBELL).startswith(b"\x89PNG")


def test_the_rows_of_a_chart_are_a_table() -> None:
    chart = amount_chart([Amount("no comma", "hurt", "lost", 9), Amount("no comma", "helped", "gained", 1)], title="n")
    rows = list(csv.DictReader(io.StringIO(chart_rows(chart))))
    assert [(row["row"], row["outcome"], row["n"]) for row in rows] == [
        ("no comma", "hurt", "9"),
        ("no comma", "helped", "1"),
    ]
