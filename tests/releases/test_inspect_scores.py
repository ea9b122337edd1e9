"""Verdicts of a run for Inspect: what each sample is scored, and what Inspect's own scorer makes of the file."""

import json
import os
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.runs.models import Run, Verdict
from tests.cast import World
from tests.datasets.responses.test_real_logs import LINES, SAMPLES
from tests.paths import REPOSITORY

PYTHON = Path(os.environ.get("COTRAST_LOG_TOOLS", REPOSITORY / ".venv-logs")) / "bin" / "python"
SCORE = """
import json, sys
from inspect_ai import score
from inspect_ai.log import read_eval_log
from inspect_ai.scorer import precomputed_scores
log = score(read_eval_log(sys.argv[1]), precomputed_scores(sys.argv[2]), display="none")
scored = [sample for sample in log.samples if sample.scores]
print(json.dumps({sample.id: sample.scores["precomputed_scores"].model_dump() for sample in scored}))
"""


def scores(run: Run, *options: str) -> tuple[list[dict[str, Any]], str]:
    """Return the records, and what the command says on its error output."""
    out, err = StringIO(), StringIO()
    call_command("export_inspect_scores", str(run.pk), *options, stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_a_prompt_is_correct_where_every_constraint_is_obeyed(world: World) -> None:
    records, said = scores(world.first_run)
    assert {record["id"]: record["value"] for record in records} == {"rain": "I", "tea": "C", "bike": "I", "moon": "C"}
    bike = next(record for record in records if record["id"] == "bike")
    assert bike["answer"] == "a bike, red"
    assert bike["explanation"].startswith("punctuation:no_comma")
    assert [(row["kind"], row["strict"]) for row in bike["metadata"]["constraints"]] == [
        ("punctuation:no_comma", False),
        ("change_case:english_lowercase", True),
    ]
    assert "epoch" not in bike, "it counts for every epoch of the sample"
    assert said.strip() == "Left out: nothing."


def test_what_no_checker_decides_has_no_score_and_is_counted(world: World) -> None:
    of_tea = Verdict.objects.filter(generation__run=world.first_run, generation__prompt__key="tea")
    of_tea.update(strict=None, loose=None)
    records, said = scores(world.first_run, "--reading", "loose")
    assert "tea" not in {record["id"] for record in records}
    assert said.strip() == "Left out: 1 generation that no checker decides."


def test_the_chosen_epoch_of_an_imported_log_is_named(world: World) -> None:
    Run.objects.filter(pk=world.first_run.pk).update(source={"sample": 2})
    records, _said = scores(world.first_run)
    assert {record["epoch"] for record in records} == {2}


def test_an_unknown_run_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="77"):
        call_command("export_inspect_scores", "77")


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.skipif(not PYTHON.exists(), reason=f"Inspect is not installed at {PYTHON}; `make log-tools` installs it")
def test_inspect_s_own_scorer_reads_them_by_sample(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("\n".join(LINES))
    options = ("--prompts", str(prompts), "--model", "m", "--strategy", "cot", "--split", "separate")
    call_command("import_run", "mine", str(SAMPLES / "inspect.eval"), *options, stdout=StringIO())
    records, _said = scores(Run.objects.get())
    path = tmp_path / "scores.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    done = subprocess.run(
        [PYTHON, "-c", SCORE, SAMPLES / "inspect.eval", path], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    read = json.loads(done.stdout.splitlines()[-1])
    assert {sample: score["value"] for sample, score in read.items()} == {
        str(record["id"]): record["value"] for record in records
    }
    assert all(read[str(record["id"])]["metadata"]["constraints"] for record in records)
