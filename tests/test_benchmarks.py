"""Summary of `make bench-annotate`: medians of its rounds, and a ratio where Label Studio was measured."""

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks import side_by_side
from tests.paths import REPOSITORY


def figures(cycles: float, *, lost: int = 0) -> dict[str, Any]:
    faults = {"errors": 0, "lost": lost, "double_assigned": 0, "above_overlap": 0}
    return {"cycles_per_s": cycles, "p95_submit_ms": 100.0, "p95_next_ms": 200.0, **faults}


def measured(ours: list[float], theirs: list[float], **faults: int) -> dict[str, list[dict[str, Any]]]:
    of_ours = [figures(cycles, **faults) for cycles in ours]
    return {"cotrast": of_ours, "label_studio": [figures(cycles) for cycles in theirs], "with_script": of_ours}


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_sums() -> None:
    summary = side_by_side.summary(measured([60, 30, 50], [6, 5, 2]))
    assert summary["ratio"] == 10
    assert (summary["cycles_per_s"], summary["label_studio_cycles_per_s"]) == (50, 5)
    assert (summary["p95_submit_ms"], summary["p95_next_ms"]) == (100, 200)


def test_without_label_studio_there_are_our_figures_and_no_ratio() -> None:
    summary = side_by_side.summary(measured([60, 50], []))
    assert summary["ratio"] is None
    assert summary["cycles_per_s"] == 55
    assert not any(name.startswith("label_studio") for name in summary)


def test_faults_of_any_round_are_counted() -> None:
    assert side_by_side.summary(measured([60, 50], [5, 5], lost=1))["faults"] == 4


@pytest.mark.slow
def test_without_a_server_it_says_so_and_measures_cotrast_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    sizes = ["--rounds", "1", "--seconds", "1", "--cases", "40", "--annotators", "2"]
    done = subprocess.run(
        [sys.executable, "benchmarks/side_by_side.py", *sizes],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    first, *_, last = done.stdout.splitlines()
    assert first == "Label Studio is not measured: DATABASE_URL names no PostgreSQL server."
    assert json.loads(last)["ratio"] is None
    assert json.loads(last)["cycles_per_s"] > 0
