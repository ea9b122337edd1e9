"""The report of a replication: whose figures stand in a row, attention layer by layer, and cases to count again."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from annotator.operations.replication.report import report_write
from annotator.operations.replication.steps import Replication
from annotator.runs import dispatch
from annotator.runs.models import Generation
from tests.cast import World
from tests.routing.rows import SPLIT, make_router
from tests.traced_studies import LAYERS, trace_planted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path / "var")


def replication_of(world: World, **fields: Any) -> Replication:
    values = {"router": None, "without_router": "too few.", "without_attention": "", **fields}
    return Replication(runs={"base": world.first_run, "cot": world.second_run}, study=world.study, **values)


def cells_of(report: str, arm: str) -> list[str]:
    [row] = [line for line in report.splitlines() if line.startswith(f"| {arm} |") and "| /runs/" in line]
    return [cell.strip() for cell in row.strip("|").split("|")]


def written(world: World, folder: Path, **fields: Any) -> str:
    files = report_write(replication_of(world, **fields), folder)
    assert [file.name for file in files[:2]] == ["report.md", "cases.csv"]
    return files[0].read_text(encoding="utf-8")


def test_every_layer_has_its_drops_its_area_and_the_cases_behind_it(world: World, tmp_path: Path) -> None:
    trace_planted(world.study, filler=True)
    report = written(world, tmp_path)
    section = report.partition("## Constraint attention")[2].partition("\n# ")[0]
    layers = [line.split(" | ") for line in section.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert [row[0] for row in layers] == [f"| {layer}" for layer in range(LAYERS)]
    assert all(row[2].startswith("+") for row in layers), "the hurt second answer attends less, by plan"
    # One helped (rain), one hurt (tea) and two ties were traced; the hurt one drops more in every layer.
    assert "Traced pairs: helped 1, hurt 1, tie 2." in section
    assert all(row[4:] == ["1.00", "1.000", "1.000 |"] for row in layers), "no interval of one case on each side"
    assert "| attention weight, a token | 4 | 1 / 1 | 0 | 1.00 | 1.000 |" in section
    for name in ("attention-drop.svg", "attention-area.svg"):
        assert f"]({name})" in section
        assert (tmp_path / name).read_text().startswith("<svg")
    assert "/studies/pilot/cases/?outcome=hurt" in section
    traced = list(csv.DictReader((tmp_path / "cases.csv").open(encoding="utf-8")))
    assert [row["traced"] for row in traced] == ["1"] * 4


def test_without_traces_the_report_says_so_and_has_no_figure(world: World, tmp_path: Path) -> None:
    report = written(world, tmp_path)
    assert "No attention: no case has both of its answers traced." in report
    assert not list(tmp_path.glob("*.svg"))
    reason = written(world, tmp_path, without_attention="it was not asked for.")
    assert "No attention: it was not asked for." in reason


def test_the_figures_of_every_arm_are_counted_again_from_the_cases(world: World, tmp_path: Path) -> None:
    report = written(world, tmp_path)
    rows = list(csv.DictReader((tmp_path / "cases.csv").open(encoding="utf-8")))
    assert [row["key"] for row in rows] == ["rain", "tea", "bike", "moon"]
    assert [row["outcome"] for row in rows] == ["helped", "hurt", "tie", "tie"]
    case = world.study.cases.get(prompt__key="rain")
    assert rows[0]["case"] == f"/studies/pilot/cases/{case.pk}/history/"
    for arm in ("base", "cot"):
        obeyed, decided = (sum(int(row[f"{arm}_answer_{count}"]) for row in rows) for count in ("obeyed", "decided"))
        shares = [int(row[f"{arm}_answer_obeyed"]) / int(row[f"{arm}_answer_decided"]) for row in rows]
        of_constraints, of_prompts = cells_of(report, arm)[5:7]
        assert of_constraints.startswith(f"{100 * obeyed / decided:.1f}")
        assert of_prompts.startswith(f"{100 * sum(shares) / len(shares):.1f}")


def test_answers_that_are_cut_off_stand_beside_the_accuracies_of_their_arm(world: World, tmp_path: Path) -> None:
    Generation.objects.filter(run=world.second_run, prompt__key="tea").update(split_status="truncated")
    report = written(world, tmp_path)
    assert cells_of(report, "cot")[2:5] == ["4", "3/4", "1"]


def test_the_router_stands_in_the_column_of_its_own_mean_with_its_own_prompts(world: World, tmp_path: Path) -> None:
    """Its accuracy is a mean over prompts with whole answers on both sides, and no share of all constraints."""
    report = written(world, tmp_path, router=make_router("words", report=[SPLIT]))
    [row] = [line for line in report.splitlines() if "held out |" in line and "62.0" in line]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:] == ["–", "240", "–", "–", "–", "62.0 (55.0 to 70.0)", "–", "–", "–", "–"]
    assert "the 240 with a whole answer on both sides; 3 are left out" in report
    assert "by -1.0 (-3.0 to +2.0) points." in report
