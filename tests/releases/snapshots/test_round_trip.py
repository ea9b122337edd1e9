"""Round trip: a snapshot imports into an empty installation and exports to the same hash."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.importing.services import snapshot_import
from annotator.releases.snapshots.manifest import manifest_text, read_manifest
from annotator.releases.snapshots.table_files import written_file
from annotator.studies.models import Annotation, Case, Study


@pytest.fixture
def emptied(folder: Path) -> Path:
    """The snapshot, and an installation from which everything else is gone."""
    call_command("flush", interactive=False, verbosity=0)
    return folder


@pytest.mark.django_db(transaction=True)
def test_the_hash_is_the_same(emptied: Path, tmp_path: Path) -> None:
    study = snapshot_import(folder=emptied)
    again = build_snapshot(study, tmp_path / "again", Options(licence="CC-BY-4.0"))
    for path in sorted(emptied.iterdir()):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name
    assert again.hash == read_manifest(emptied).hash
    assert not User.objects.filter(is_active=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_second_import_is_refused_and_stores_nothing(emptied: Path) -> None:
    snapshot_import(folder=emptied)
    before = (Study.objects.count(), Case.objects.count(), Annotation.objects.count(), User.objects.count())
    with pytest.raises(SnapshotError, match="There is a study 'full' already"):
        snapshot_import(folder=emptied)
    assert before == (Study.objects.count(), Case.objects.count(), Annotation.objects.count(), User.objects.count())


def changed(folder: Path, table: str, change: Any) -> None:
    """Change the first row of a table, and the manifest with it, as somebody who means harm would."""
    path = folder / f"{table}.jsonl"
    first, *others = path.read_text().splitlines(keepends=True)
    row = json.loads(first)
    change(row)
    path.write_text(json.dumps(row) + "\n" + "".join(others))
    manifest = dict(read_manifest(folder).content)
    rows = {entry["name"]: entry["rows"] for entry in manifest.pop("files")}
    files = [written_file(folder / name, name=name, rows=count) for name, count in rows.items()]
    manifest.pop("content_hash"), manifest.pop("format")
    (folder / "manifest.json").write_text(manifest_text(manifest, files))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("cases", lambda row: row.update(first_run=99), "refers to 99"),
        ("cases", lambda row: row.update(key=7), "key is no text"),
        ("cases", lambda row: row.pop("outcome"), "other columns than"),
        ("annotations", lambda row: row.update(annotator="nobody"), "nobody"),
        ("annotations", lambda row: row.update(revision=-5), "cannot be stored"),
        ("annotations", lambda row: row.update(submitted_at="yesterday"), "not a row of annotations"),
        ("prompts", lambda row: row.update(text="half \ud800 a pair"), "not a row of prompts"),
        ("generations", lambda row: row["verdicts"][0].update(constraint=44), "does not fit"),
        ("generations", lambda row: row["verdicts"][0].update(evidence="{"), "not a row of generations"),
        ("generations", lambda row: row["verdicts"][0].update(evidence='{"strict": {"spans": [[1]]}}'), "does not fit"),
        ("generations", lambda row: row["verdicts"][0].update(evidence='["strict"]'), "does not fit"),
        ("members", lambda row: row.update(role="x" * 400), "cannot be stored|does not fit"),
        ("study", lambda row: row.update(study="../x/<script>"), "cannot be stored"),
        ("study", lambda row: row.update(study="new"), "an address of ours"),
        ("study", lambda row: row.update(order="by wish"), "order is 'by wish', and none of agreement, hardest"),
        ("annotations", lambda row: row.update(label="evil"), "line 1: label is 'evil', and none of cant_tell, helped"),
        ("annotations", lambda row: row.update(effects=["evil"]), "effects is 'evil'"),
        ("annotations", lambda row: row.update(confidence="utter"), "confidence is 'utter'"),
        ("assignments", lambda row: row.update(blind_choice="up"), "blind_choice is 'up', and none of left, right"),
        ("assignments", lambda row: row.update(status="lost"), "status is 'lost'"),
        ("cases", lambda row: row.update(outcome="won"), "outcome is 'won'"),
        ("cases", lambda row: row.update(contrast=["evil"]), "contrast is 'evil'"),
        ("runs", lambda row: row.update(status="evil"), "status is 'evil'"),
        (
            "datasets",
            lambda row: row.update(dataset="a/../b"),
            r"The dataset 'a/\.\./b' cannot be stored here: Use 1 to",
        ),
        ("codebooks", lambda row: row.update(codebook="=x"), "The codebook '=x' cannot be stored here"),
        ("codebooks", lambda row: row["patterns"][0].update(slug='"><b>'), "The failure pattern"),
        ("language_models", lambda row: row.update(language_model="a\r\nb"), "The language model"),
        ("prompt_sets", lambda row: row.update(name='a"; filename="b.html'), "The prompt set"),
        (
            "language_models",
            lambda row: row.update(options='{"trust_remote_code": "tiny"}'),
            "Python code of its own .* register it here with `.venv/bin/python manage.py add_model` if you trust it",
        ),
        ("language_models", lambda row: row.update(options='["trust_remote_code"]'), "runs Python code of its own"),
    ],
)
def test_bad_rows_are_refused_in_words_and_nothing_is_stored(
    emptied: Path, table: str, change: Any, words: str
) -> None:
    changed(emptied, table, change)
    with pytest.raises(SnapshotError, match=words):
        snapshot_import(folder=emptied)
    assert (Study.objects.count(), User.objects.count(), Case.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_without_its_study_is_refused_in_words(emptied: Path) -> None:
    (emptied / "study.jsonl").write_text("")
    manifest = dict(read_manifest(emptied).content)
    rows = {entry["name"]: entry["rows"] for entry in manifest.pop("files")} | {"study.jsonl": 0}
    manifest.pop("content_hash"), manifest.pop("format")
    files = [written_file(emptied / name, name=name, rows=count) for name, count in rows.items()]
    (emptied / "manifest.json").write_text(manifest_text(manifest, files))
    with pytest.raises(SnapshotError, match=r"study\.jsonl has no row; a snapshot is of one study"):
        snapshot_import(folder=emptied)
    assert not User.objects.exists()
