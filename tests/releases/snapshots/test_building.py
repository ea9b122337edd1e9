"""Snapshots: the same bytes for the same rows, nothing half, and the first difference named."""

import json
import threading
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from annotator.analysis.counted_annotations import newest_annotations
from annotator.datasets.formats import NO_LICENCE
from annotator.datasets.models import Dataset
from annotator.releases.snapshots import building
from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import read_manifest
from annotator.releases.snapshots.tables import TABLES
from annotator.releases.snapshots.verification import first_difference
from annotator.studies.models import Annotation, Study


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{table}.jsonl").read_text().splitlines()]


def readable(folder: Path) -> str:
    """Everything in the files of a snapshot; Parquet is compressed, so that its values are read."""
    texts = [path.read_text() for path in folder.iterdir() if path.suffix != ".parquet"]
    values = [str(pq.read_table(path).to_pylist()) for path in folder.glob("*.parquet")]
    return "\n".join([*texts, *values])


def test_every_table_has_rows_of_its_columns_in_order(folder: Path) -> None:
    for table in TABLES:
        found = rows(folder, table.name)
        assert found, f"{table.name} is empty: the study of the test uses too little"
        assert all(list(row) == table.names for row in found)
        keys = [tuple(row[name] for name in table.key) for row in found]
        assert len(set(keys)) == len(keys), table.name


def test_the_same_rows_give_the_same_bytes(study: Study, folder: Path, tmp_path: Path) -> None:
    build_snapshot(study, tmp_path / "again", Options(licence="CC-BY-4.0"))
    names = {path.name for path in folder.iterdir()}
    assert names == {path.name for path in (tmp_path / "again").iterdir()}
    for name in sorted(names):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_a_snapshot_is_as_its_manifest_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert first_difference(folder) is None
    call_command("verify_snapshot", str(folder))
    assert "files are as they were made: snapshot-1:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "cases.parquet is missing"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "cases.parquet has"),
        (lambda path: path.write_bytes(b"X" + path.read_bytes()[1:]), "cases.parquet has the SHA-256"),
        (lambda path: (path.parent / "zz.txt").write_text("new"), "zz.txt is not in the manifest"),
    ],
)
def test_the_first_difference_is_named(folder: Path, change: Any, words: str) -> None:
    change(folder / "cases.parquet")
    with pytest.raises(CommandError, match=words):
        call_command("verify_snapshot", str(folder))


def test_a_manifest_that_names_a_path_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][0]["name"] = "../secret"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SnapshotError, match="do not trust this snapshot"):
        first_difference(folder)


def test_a_snapshot_never_changes(study: Study, folder: Path) -> None:
    with pytest.raises(SnapshotError, match="a snapshot never changes; name a new folder"):
        build_snapshot(study, folder, Options())


def test_what_is_interrupted_leaves_nothing(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(building, "facts_of", full)
    with pytest.raises(SnapshotError, match="No space left on device; make room"):
        build_snapshot(study, tmp_path / "new", Options())
    assert list(tmp_path.iterdir()) == []


def test_texts_without_a_licence_are_keys_and_labels_only(study: Study, tmp_path: Path) -> None:
    Dataset.objects.update(terms=NO_LICENCE)
    build_snapshot(study, tmp_path / "bare", Options())
    for prompt in rows(tmp_path / "bare", "prompts"):
        assert prompt["key"]
        assert (prompt["text"], prompt["metadata"], prompt["constraints"][0]["kwargs"]) == (None, None, None)
    for generation in rows(tmp_path / "bare", "generations"):
        assert (generation["answer"], generation["completion"], generation["calls"]) == (None, None, None)
        assert all(verdict["evidence"] is None for verdict in generation["verdicts"])
    whole = readable(tmp_path / "bare")
    assert "Tea, of course" not in whole
    assert "Do not use any commas" not in whole
    assert [row["label"] for row in rows(tmp_path / "bare", "annotations")].count("hurt") >= 2
    build_snapshot(study, tmp_path / "whole", Options(all_texts=True))
    assert rows(tmp_path / "whole", "prompts")[0]["text"]


def test_an_anonymous_snapshot_has_no_name_address_or_host(study: Study, people: Any, tmp_path: Path) -> None:
    build_snapshot(study, tmp_path / "anonymous", Options(anonymous=True))
    found = readable(tmp_path / "anonymous").lower()
    for person in (people.alice, people.bob, people.carol, people.dan, people.erin, people.lena, people.sam):
        for name in (person.username, person.first_name, person.last_name, person.email):
            assert not name or name.lower() not in found, name
    assert "example.org" not in found
    assert study.slug.encode() not in (tmp_path / "anonymous" / "study.jsonl").read_bytes()
    names = {row["annotator"] for row in rows(tmp_path / "anonymous", "members")}
    assert {row["annotator"] for row in rows(tmp_path / "anonymous", "annotations")} <= names


@pytest.mark.django_db(transaction=True)
def test_all_tables_are_of_one_state_and_nobody_waits_for_it(study: Study, tmp_path: Path) -> None:
    writers: list[threading.Thread] = []

    def write() -> None:
        Annotation.objects.update(note="changed meanwhile")
        connection.close()

    def on_rows(table: str, _rows: int) -> None:
        if table == "generations" and not writers:
            writers.append(threading.Thread(target=write))
            writers[0].start()
            writers[0].join(timeout=20)
            assert not writers[0].is_alive(), "the writer waited for the snapshot"

    build_snapshot(study, tmp_path / "new", Options(formats=("jsonl",)), on_rows=on_rows)
    assert writers
    assert "changed meanwhile" not in readable(tmp_path / "new")
    assert set(Annotation.objects.values_list("note", flat=True)) == {"changed meanwhile"}


def test_its_counts_are_of_the_annotations_that_agreement_is_computed_from(study: Study, folder: Path) -> None:
    content = read_manifest(folder).content
    counted = newest_annotations(study)
    assert sum(content["counts"]["annotations"].values()) == counted.count()
    assert content["counts"]["annotators"] == content["agreement"]["annotators"]
