"""Commands refuse devices and pipes at once, whatever they hold: one never ends, the other never begins."""

import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.input_files import open_input
from tests.cast import World

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["device", "pipe"])
def endless(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "device":
        return Path("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_file_is_opened_and_a_folder_says_that_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one line\n")
    with open_input(tmp_path / "file") as file:
        assert file.read() == b"one line\n"
    with pytest.raises(IsADirectoryError):
        open_input(tmp_path)


def test_every_command_that_reads_a_file_refuses_it(endless: Path, world: World, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"key": 1, "prompt": "Hello", "instruction_id_list": [], "kwargs": []}\n')
    run, dataset = str(world.first_run.pk), world.first_run.dataset.name
    imported = ("--model", "m", "--strategy", "base", "--split", "none")
    for arguments in (
        ("import_dataset", "mine", str(endless)),
        ("import_run", dataset, str(endless), *imported),
        ("import_run", "new", str(prompts), "--prompts", str(endless), *imported),
        ("verify", str(endless), str(prompts)),
        ("verify", str(prompts), str(endless)),
        ("import_judge_replies", run, str(endless)),
        ("import_labels", dataset, str(endless)),
        ("import_labels", dataset, str(prompts), "--argilla-settings", str(endless)),
        ("start_run", dataset, world.language_model.slug, "few_shot", "--exemplars", str(endless)),
        ("start_run", dataset, world.language_model.slug, "cot", "--parameters", str(endless)),
    ):
        with pytest.raises(CommandError, match=r"a pipe or a socket|not a regular file"):
            call_command(*arguments)
