"""Charts as files: drawn offline, in the colours of the light theme, and their rows."""

import csv
import io
import re
from pathlib import Path

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


def test_a_png_is_one() -> None:
    assert chart_png(DUMBBELL).startswith(b"\x89PNG")


def test_the_rows_of_a_chart_are_a_table() -> None:
    chart = amount_chart([Amount("no comma", "hurt", "lost", 9), Amount("no comma", "helped", "gained", 1)], title="n")
    rows = list(csv.DictReader(io.StringIO(chart_rows(chart))))
    assert [(row["row"], row["outcome"], row["n"]) for row in rows] == [
        ("no comma", "hurt", "9"),
        ("no comma", "helped", "1"),
    ]
