"""Logs that Inspect and lm-eval wrote themselves, stored as samples and made anew where the tools are installed."""

import gzip
import json
import os
import subprocess
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from annotator.datasets.responses.records import ResponseRecord, Tokens
from annotator.runs.models import Run
from annotator.studies.models import Study
from tests.datasets.responses.foreign_logs import answer_of, reasoning_of
from tests.datasets.responses.reading import read, recognised
from tests.paths import REPOSITORY

SAMPLES = Path(__file__).parent / "samples"
LINES = (REPOSITORY / "fixtures" / "prompts.jsonl").read_text().splitlines()[:3]
PROMPTS = [(row["key"], row["prompt"]) for row in map(json.loads, LINES)]
PYTHON = Path(os.environ.get("COTRAST_LOG_TOOLS", REPOSITORY / ".venv-logs")) / "bin" / "python"
NEEDS_LOG_TOOLS = pytest.mark.skipif(
    not PYTHON.exists(), reason=f"Inspect and lm-eval are not installed at {PYTHON}; `make log-tools` installs them"
)


def check_inspect(found: Mapping[str, ResponseRecord], epoch: int) -> None:
    assert list(found) == [str(key) for key, _ in PROMPTS]
    for key, record in found.items():
        assert (record.text, record.reasoning) == (answer_of(key, epoch), reasoning_of(key))
        assert (record.reasoning_kind, record.tokens, record.model) == ("raw", Tokens(30, 50, 20), "mockllm/model")
    assert [record.finish_reason for record in found.values()] == ["length", "stop", "stop"]


def check_lm_eval(found: Mapping[str, ResponseRecord], sample: int) -> None:
    assert {key: record.text for key, record in found.items()} == {
        str(key): answer_of(str(key), sample) for key, _ in PROMPTS
    }


def check_all(folder: Path) -> None:
    """Every log of a folder is recognised and read with what its tool knows, and nothing is refused."""
    inspect_json = next(folder.glob("inspect.json*"))
    names = [recognised(path) for path in (folder / "inspect.eval", inspect_json, folder / "lm_eval.jsonl")]
    assert names == ["inspect", "inspect", "lm-eval"]
    found, problems = read(folder / "inspect.eval", prompts=PROMPTS)
    check_inspect(found, 1)
    assert problems == []
    for epoch in (1, 2):
        found, problems = read(inspect_json, sample=epoch, prompts=PROMPTS)
        check_inspect(found, epoch)
        assert problems == []
    found, problems = read(folder / "lm_eval.jsonl", prompts=PROMPTS)
    check_lm_eval(found, 1)
    assert problems == []
    for sample in (1, 2):
        found, problems = read(folder / "lm_eval_repeats.jsonl", sample=sample, prompts=PROMPTS)
        check_lm_eval(found, sample)
        assert problems == []


def test_the_stored_logs_are_read() -> None:
    check_all(SAMPLES)


def test_several_epochs_or_repeats_are_never_guessed() -> None:
    _, problems = read(SAMPLES / "inspect.json.gz", prompts=PROMPTS)
    assert len(problems) == 3
    assert all("choose one of them by its number" in problem for problem in problems)
    found, problems = read(SAMPLES / "lm_eval_repeats.jsonl", prompts=PROMPTS)
    assert (found, len(problems)) == ({}, 3)


@pytest.mark.django_db
def test_a_log_of_each_arm_becomes_a_study_in_three_commands(tmp_path: Path) -> None:
    """The commands of the README."""
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("\n".join(LINES))
    base, cot = SAMPLES / "lm_eval.jsonl", SAMPLES / "inspect.eval"
    model = ("--model", "my-model", "--prompts", str(prompts))
    out = StringIO()
    call_command("import_run", "mine", str(base), *model, "--strategy", "base", "--split", "none", stdout=out)
    call_command("import_run", "mine", str(cot), *model, "--strategy", "cot", "--split", "separate", stdout=out)
    first, second = (str(pk) for pk in Run.objects.order_by("pk").values_list("pk", flat=True))
    call_command("open_study", "mine", first, second, "--annotator", "alice", stdout=out)
    study = Study.objects.get(slug="mine")
    assert study.cases.count() == 3
    assert "3 responses (lm-eval)" in out.getvalue()
    assert "3 responses (inspect)" in out.getvalue()
    assert study.cases.filter(second__finish_reason="length").get().outcome == "no_answer"


def test_a_log_is_verified_like_any_file_of_responses(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("\n".join(LINES))
    for log, options in (("inspect.eval", ("--split", "separate")), ("lm_eval.jsonl", ())):
        out, err = StringIO(), StringIO()
        call_command("verify", str(prompts), str(SAMPLES / log), *options, stdout=out, stderr=err)
        rows = [json.loads(line) for line in out.getvalue().splitlines()]
        assert [row["key"] for row in rows] == [1, 2, 3]
        assert rows[0]["strict"] == [False, True]


@pytest.mark.slow
@NEEDS_LOG_TOOLS
def test_logs_that_the_tools_make_today_are_read_the_same(tmp_path: Path) -> None:
    prompts, folder = tmp_path / "prompts.jsonl", tmp_path / "logs"
    prompts.write_text("\n".join(LINES) + "\n")
    script = Path(__file__).with_name("foreign_logs.py")
    done = subprocess.run([PYTHON, script, prompts, folder], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    check_all(folder)
    with gzip.open(SAMPLES / "inspect.json.gz") as stored:
        then = json.load(stored)["samples"][0]
    now = json.loads((folder / "inspect.json").read_text())["samples"][0]
    assert set(then) == set(now), "the tool's samples have other fields than the stored ones"
