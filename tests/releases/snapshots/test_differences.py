"""Differences of two snapshots, by key and column."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.studies.models import Annotation, Assignment, Study
from tests.studies.annotating import submit


def test_rows_are_added_changed_and_removed(
    study: Study, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assignment = Assignment.objects.get(case__prompt__key="bike", annotator__username="bob")
    submit(assignment, label="helped", note="On second thoughts.")
    Annotation.objects.filter(assignment__annotator__username="erin").delete()
    build_snapshot(study, tmp_path / "later", Options(formats=("jsonl",)))
    call_command("diff_snapshots", str(folder), str(tmp_path / "later"))
    printed = capsys.readouterr().out
    assert "annotations: 1 added, 2 removed, 1 changed" in printed
    assert "columns of the first changed row: is_latest" in printed
    assert "prompts:" not in printed
    assert f"added, first: full 1 bike {study.memberships.get(user__username='bob').pseudonym} 3" in printed


def test_the_same_tables_are_said_to_be_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("diff_snapshots", str(folder), str(folder))
    assert "The tables are the same." in capsys.readouterr().out


def test_a_damaged_table_is_refused_by_its_byte(study: Study, folder: Path, tmp_path: Path) -> None:
    build_snapshot(study, tmp_path / "later", Options(formats=("jsonl",), licence="other"))
    (folder / "cases.jsonl").write_text("{")
    manifest = (folder / "manifest.json").read_text()
    rest = manifest.split('"cases.jsonl"')[1]
    digest = rest.split('"sha256": "')[1][:64]
    (folder / "manifest.json").write_text(manifest.replace(digest, "0" * 64))
    with pytest.raises(CommandError, match=r"cases\.jsonl: byte 0 begins no row of cases"):
        call_command("diff_snapshots", str(folder), str(tmp_path / "later"))
