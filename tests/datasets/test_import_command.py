"""Tests of `manage.py import_dataset`: one sentence on what was done or why not, and never a traceback."""

from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from annotator.datasets.models import Dataset
from tests.datasets.records import line, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    path.write_bytes(b"".join(lines(3)))
    return path


def import_dataset(*args: object) -> str:
    out = StringIO()
    call_command("import_dataset", *map(str, args), stdout=out)
    return out.getvalue()


def test_it_says_what_was_imported_and_that_a_second_time_changes_nothing(prompts: Path) -> None:
    assert import_dataset("demo", prompts).startswith("Imported demo v1 (3 prompts, dataset:")
    assert import_dataset("demo", prompts, "--format", "ifeval").startswith(
        "Nothing to do: the same content is there already as demo v1 (3 prompts, dataset:"
    )


def test_lines_set_aside_are_counted(prompts: Path, tmp_path: Path) -> None:
    prompts.write_bytes(line() + b"{\n")
    message = import_dataset("demo", prompts, "--rejects", tmp_path / "bad.jsonl")
    assert "(1 prompt, " in message
    assert f"1 bad line is set aside in {tmp_path / 'bad.jsonl'}." in message


def test_a_bad_line_names_file_line_reason_and_way_out(prompts: Path) -> None:
    prompts.write_bytes(line() + b"{\n")
    with pytest.raises(CommandError) as refusal:
        import_dataset("demo", prompts)
    message = str(refusal.value)
    assert message.startswith(f"{prompts}: nothing was imported, because 1 line was refused")
    assert "--rejects FILE" in message
    assert "\nline 2: not JSON" in message


@pytest.mark.parametrize(
    ("path", "rejects", "why"),
    [
        ("nowhere.jsonl", None, "nowhere.jsonl: No such file or directory."),
        (".", None, ": Is a directory."),
        ("prompts.jsonl", ".", ": Is a directory."),
        ("prompts.jsonl", "no/folder.jsonl", "folder.jsonl: No such file or directory."),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    path: str, rejects: str | None, why: str, prompts: Path, tmp_path: Path
) -> None:
    aside = ["--rejects", tmp_path / rejects] if rejects else []
    with pytest.raises(CommandError, match="cannot use ") as refusal:
        import_dataset("demo", tmp_path / path, *aside)
    assert str(refusal.value).endswith(why)
    assert not Dataset.objects.exists()


def test_a_file_without_permission_is_named(prompts: Path) -> None:
    denied = PermissionError(13, "Permission denied", str(prompts))
    with (
        patch("annotator.input_files.open", side_effect=denied, create=True),
        pytest.raises(CommandError, match=r"cannot use .*prompts.jsonl: Permission denied"),
    ):
        import_dataset("demo", prompts)


def test_a_database_that_was_never_migrated_names_the_way_out(prompts: Path) -> None:
    with (
        patch.object(Dataset.objects, "filter", side_effect=OperationalError("no such table: datasets_dataset")),
        pytest.raises(
            CommandError, match=r"tables of the database are not those of this version; .*manage\.py migrate"
        ),
    ):
        import_dataset("demo", prompts)
