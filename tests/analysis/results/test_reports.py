"""Reports: five formats of the same values, each well formed, with hostile names escaped."""

import csv
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from annotator.analysis.results.reports import FORMATS
from annotator.studies.models import Pattern, Study
from tests.analysis.annotations import judge
from tests.cast import World, make_run

pytestmark = pytest.mark.django_db

HOSTILE = "50 % <b>_bold_</b> & \\input{x} $1 | #2 ~^"


def written(world: World, form: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("report", world.study.slug, format=form)
    return capsys.readouterr().out


@pytest.fixture
def hostile(world: World) -> World:
    Study.objects.filter(pk=world.study.pk).update(title=HOSTILE)
    return world


def test_json_has_every_value_and_the_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(written(world, "json", capsys))
    assert content["pair"]["all"]["only_first"] == 1
    assert content["pair"]["outcomes"] == {"helped": 1, "hurt": 1, "tie": 2, "no_answer": 0}
    assert content["answer"].startswith("cot obeys every constraint")
    assert [run["strategy"] for run in content["runs"]] == ["base", "cot"]


def test_csv_has_a_line_for_each_cell_with_its_interval(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(written(world, "csv", capsys))))
    [better] = [row for row in rows if (row["table"], row["row"], row["column"]) == ("comparison", "1", "better")]
    assert (better["row_name"], better["value"]) == ("all prompts", "1")
    [difference] = [row for row in rows if (row["table"], row["row"], row["column"]) == ("comparison", "1", "prompts")]
    assert float(difference["value"]) == 0
    assert float(difference["low"]) < 0 < float(difference["high"])


def test_every_format_tells_the_same_numbers(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for form in FORMATS:
        text = written(world, form, capsys)
        assert "punctuation:no" in text, form
        assert "cot" in text, form
        assert {"newcombe", "cohen", "price"} <= set(re.findall("newcombe|cohen|price", text.lower())), form


def test_markdown_tables_have_as_many_cells_as_heads(hostile: World, capsys: pytest.CaptureFixture[str]) -> None:
    text = written(hostile, "md", capsys)
    assert "# 50 % \\<b\\>\\_bold\\_\\</b\\>" in text
    widths: list[int] = []
    for line in text.splitlines():
        if line.startswith("|"):
            widths.append(len(re.findall(r"(?<!\\)\|", line)))
            assert widths[-1] == widths[0], line
        else:
            widths = []


class Strict(HTMLParser):
    """Counts open tags, and refuses what a self-contained file must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        assert tag not in ("script", "link", "img", "iframe", "b")
        assert not {"src", "href", "onclick"} & {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_stands_alone_and_escapes_names(hostile: World, capsys: pytest.CaptureFixture[str]) -> None:
    parser = Strict()
    parser.feed(written(hostile, "html", capsys))
    assert parser.open == []


def test_tex_is_well_formed_with_booktabs_and_escapes(hostile: World, capsys: pytest.CaptureFixture[str]) -> None:
    text = written(hostile, "tex", capsys)
    assert r"50 \% $<$b$>$\_bold\_$<$/b$>$ \& \textbackslash{}input\{x\} \$1 $|$ \#2 \textasciitilde{}" in text
    assert text.count(r"\begin{") == text.count(r"\end{")
    assert text.count(r"\toprule") == text.count(r"\midrule") == text.count(r"\bottomrule") > 5
    bare = re.sub(r"\\.", "", text)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert text.isascii()
    for columns, body in re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", text, re.DOTALL):
        for line in body.splitlines():
            if line.endswith(r"\\"):
                assert len(re.findall(r"(?<!\\)&", line)) == len(columns) - 1, line


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed; the form is checked above")
def test_tex_compiles_with_hostile_names(
    world: World, tmp_path: Path, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    title = "[1em] * \\end{document} 50 % of {_x^2$ & #1 ~ | <b> éħŉſ “q” 中文 \u202e\u200b🙂 \x07 \x00".replace(
        "\x00", ""
    )
    Study.objects.filter(pk=world.study.pk).update(title=title[:160], first_role=title[:90], second_role="\\\\[9cm]")
    Pattern.objects.filter(codebook=world.codebook).update(name="[9cm] *{ \\\\ % & 模式")
    make_run(world.dataset, world.language_model, "few_shot")
    judge(world.study, "tea", alice, "hurt", patterns=("neglected",))
    source = tmp_path / "report.tex"
    source.write_text(written(world, "tex", capsys), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", source.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "report.pdf").stat().st_size > 10_000


def test_tex_has_no_character_that_pdflatex_cannot_print(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    Study.objects.filter(pk=world.study.pk).update(title="中 [x] *\u202e\x07é")
    text = written(world, "tex", capsys)
    assert r"\section*{\unprinted{4E2D}{中} {[}x{]} {*}\unprinted{202E}{}\unprinted{0007}{}é}" in text


def test_a_report_can_go_to_a_file(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("report", "pilot", format="md", output=str(tmp_path / "pilot.md"))
    assert (tmp_path / "pilot.md").read_text().startswith("# Does reasoning help?")
    assert capsys.readouterr().out == ""


def test_refusals_name_the_thing_and_the_way_out(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"No study 'nowhere'; known: pilot\."):
        call_command("report", "nowhere")
    with pytest.raises(CommandError, match="cannot be written: No such file or directory; name another --output"):
        call_command("report", "pilot", output=str(tmp_path / "missing" / "pilot.md"))
