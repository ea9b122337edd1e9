"""Tests of `manage.py import_run`: what it prints, what it sets aside, and how it refuses."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.runs.models import Run
from tests.cast import SCENES, make_dataset
from tests.datasets.records import lines as prompt_lines
from tests.datasets.responses.reading import written

ROWS = [{"key": key, "response": text} for key, _, text, *_ in SCENES]


@pytest.fixture(autouse=True)
def dataset(db: None) -> Any:
    return make_dataset("pilot")


def run_command(path: Path, *options: str, dataset: str = "pilot") -> str:
    out = StringIO()
    settings = ("--model", "gpt-x", "--strategy", "base", "--split", "none")
    call_command("import_run", dataset, str(path), *settings, *options, stdout=out)
    return out.getvalue()


def test_it_says_what_it_imported_and_what_a_second_time_would_do(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    first = run_command(path, "--terms", "MIT")
    run = Run.objects.get()
    assert first == f"Imported run {run.pk}: pilot v1, gpt-x, base; 4 responses (jsonl).\n"
    assert run_command(path).startswith(f"Nothing to do: the same responses are there already as run {run.pk}: ")


def test_it_counts_the_prompts_without_a_response_and_replaced_characters(tmp_path: Path) -> None:
    printed = run_command(written(tmp_path, [{"key": "tea", "response": "a\x00b"}]))
    assert "1 response (jsonl). 3 prompts of pilot v1 have none." in printed
    assert "In 1 of them characters that no database stores became U+FFFD." in printed


def test_bad_rows_are_refused_together_or_set_aside_in_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, [*ROWS, "{", {"key": "who", "response": "x"}])
    with pytest.raises(CommandError) as refused:
        run_command(path)
    assert (
        str(refused.value)
        .splitlines()[0]
        .endswith("Nothing was imported, because 2 rows were refused; correct them, or set bad rows aside.")
    )
    assert "line 6: the key “who” is not in pilot v1" in str(refused.value)
    rejects = tmp_path / "rejects.jsonl"
    assert f"2 bad rows are set aside in {rejects}." in run_command(path, "--rejects", str(rejects))
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(row["line"], row["text"]) for row in rows] == [(5, "{"), (6, '{"key": "who", "response": "x"}')]


def test_the_file_is_not_overwritten_by_its_own_bad_rows(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    with pytest.raises(CommandError, match="is the file to import; name another one"):
        run_command(path, "--rejects", str(path))
    assert len(path.read_text().splitlines()) == 4


def test_prompts_are_imported_first_where_the_dataset_is_not_there_yet(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_bytes(b"".join(prompt_lines(2)))
    path = written(tmp_path, [{"key": 1, "response": "a"}, {"prompt": "Prompt 2, please.", "response": "b"}])
    for _ in range(2):
        printed = run_command(path, "--prompts", str(prompts), dataset="mine")
    assert "mine v1" in printed
    assert Run.objects.get().generations.count() == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--split", "marker"], "unknown split rule “marker”; known rules: none, markers"),
        (["--sample", "0"], "'0' is not a whole number above 0"),
        (["--format", "yaml"], "invalid choice: 'yaml'"),
        (["--strategy", "guess"], "invalid choice: 'guess'"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, options: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run_command(written(tmp_path, ROWS), *options)


def test_datasets_and_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    with pytest.raises(CommandError, match="No dataset 'none'; known: pilot v1"):
        run_command(path, dataset="none")
    with pytest.raises(CommandError, match="No dataset 'pilot@2'; known: pilot v1"):
        run_command(path, dataset="pilot@2")
    with pytest.raises(CommandError, match=r"cannot use .*nowhere: No such file"):
        run_command(tmp_path / "nowhere")
    with pytest.raises(CommandError, match="is not a regular file"):
        run_command(tmp_path)
