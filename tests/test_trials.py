"""Every small input that was tried from outside (`trials/*.jsonl`) behaves as its line expects.

The functions here take a line and check it. What needs a browser, a command or several people is tested where its
feature is; `ELSEWHERE` names that test, which must exist. A line of neither fails. The files lie beside the shared
data.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from annotator.constraints.completion_split import split_completion
from annotator.constraints.complexbench.errors import SegmentError
from annotator.constraints.complexbench.rules import decide
from annotator.datasets.models import Prompt
from annotator.datasets.services import dataset_import
from annotator.json_lines import json_line
from annotator.statistics.agreement import cohen_kappas
from annotator.statistics.bootstrap import Bootstrap
from annotator.statistics.records import Ratings
from annotator.web.marks.difference import difference
from annotator.web.marks.invisible import parts
from annotator.web.marks.markdown import model_markdown
from tests.constraints.deciding import decided
from tests.paths import REPOSITORY, SHARED_DATA, needs_shared_data

FOLDER = SHARED_DATA.parent / "trials"
Line = Mapping[str, Any]
ELSEWHERE = {
    "arabic": "tests/web/browser/test_texts_in_browser.py::test_each_line_runs_in_its_own_direction",
    "cyrillic": "tests/web/browser/test_texts_in_browser.py::KeyH",
    "emptybase": "tests/web/case/test_case_page.py::The answer is empty.",
    "late": "tests/studies/test_queue_state.py::test_nothing_left_says_how_many_are_done_and_skipped",
    "longline": "tests/web/browser/test_texts_in_browser.py::long",
    "options": "tests/runs/test_add_model.py::test_a_switch_that_the_chat_template_never_reads_is_refused",
    "prefix": "tests/web/browser/test_behind_a_path.py::PREFIX",
    "skipped-by-all": "tests/web/account/test_home.py::nobody is left for 1 case",
    "token": "tests/api/test_tokens.py::test_a_password_reset_ends_all_tokens_of_that_person_alone",
}


def lines(name: str) -> list[Line]:
    path = FOLDER / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line] if path.exists() else []


@needs_shared_data
@pytest.mark.parametrize("line", lines("verification"), ids=lambda line: line["id"])
def test_a_verdict_is_the_official_one(line: Line) -> None:
    if "rule" in line["kwargs"]:
        with pytest.raises(SegmentError) as refusal:
            decide(line["kwargs"]["rule"], line["kwargs"]["segments"])
        assert refusal.value.official == line["official"]["strict"]
        return
    decision = decided(line["kind"], line["kwargs"], line["response"])
    assert {"strict": decision.strict.obeyed, "loose": decision.loose.obeyed} == line["official"]
    before = line["ours"]
    if before["strict"] == line["official"]["strict"]:  # what was wrong was the evidence
        assert (decision.strict.note, str(decision.strict.observed)) != (before["note"], before["observed"])


def think(line: Line) -> None:
    for completion in (line["base"], line["cot"]):
        split = split_completion(completion, "none")
        assert (split.answer, "," in split.answer) == ("The answer is 42.", False)


def paras(line: Line) -> None:
    assert marked(line) == (["\n\n", "\n\n"], ["\n", "\n"])


def spacediff(line: Line) -> None:
    left, right = marked(line)
    assert "\t" in "".join(left)
    assert "  " in "".join(right)


def bidi(line: Line) -> None:
    shown = {part.sign for part in parts(line["base"]) if part.sign}
    assert {"RLO", "ZWSP", "SHY", "NBSP", "LS", "BOM", "ESC", "BEL", "FF"} <= shown
    written = json_line({"text": line["base"]})
    assert json.loads(written.splitlines()[0]) == {"text": line["base"]}


def latex(line: Line) -> None:
    for text in (line["base"], line["cot"]):
        rendered = model_markdown(text)
        for piece in re.findall(r"\\(?:[(\[\],]|\\)", text):
            assert piece in rendered


def list10(line: Line) -> None:
    rendered = model_markdown(line["base"])
    assert all(f"level {n}" in rendered for n in range(1, 13))
    assert not re.search(r"<li>\s*</li>", rendered)


def table7(line: Line) -> None:
    rendered = model_markdown(line["base"])
    assert rendered.count("<th ") == 7
    assert "style=" not in rendered
    assert "essentially none" in rendered


def metadata(line: Line) -> None:
    dataset_import(name="trial", path_or_lines=[json.dumps(line["line"])])
    assert {"category": "stress", "difficulty": 3}.items() <= Prompt.objects.get().metadata.items()


def kappa(line: Line) -> None:
    pairs = zip(line["A"], line["B"], strict=True)
    records = [(case, name, value) for case, pair in enumerate(pairs) for name, value in zip("AB", pair, strict=True)]
    assert cohen_kappas(Ratings.of(records), Bootstrap(resamples=100))["A", "B"].value == line["expected"]


def marked(line: Line) -> tuple[list[str], list[str]]:
    pair = difference(line["base"], line["cot"])
    assert pair is not None
    left, right = ([piece.text for piece in side if piece.changed] for side in pair)
    return left, right


HERE: Mapping[str, Callable[[Line], None]] = {
    check.__name__: check for check in (think, paras, spacediff, bidi, latex, list10, table7, metadata, kappa)
}


@needs_shared_data
@pytest.mark.django_db
@pytest.mark.parametrize("line", lines("workspace"), ids=lambda line: line["id"])
def test_a_workspace_behaves_as_expected(line: Line) -> None:
    if line["id"] in HERE:
        HERE[line["id"]](line)
        return
    path, words = ELSEWHERE[line["id"]].split("::")
    assert words in (REPOSITORY / path).read_text(), "the test of this line is gone"
