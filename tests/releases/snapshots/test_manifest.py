"""Manifests of strangers: read up to a size, from files alone, and refused in words where they are none."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from annotator.releases.snapshots.differences import snapshot_differences
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import manifest_text, read_manifest
from annotator.releases.snapshots.table_files import written_file
from annotator.releases.snapshots.verification import first_difference


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with one table and its manifest."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "cases.jsonl").write_text("{}\n")
    files = [written_file(folder / "cases.jsonl", name="cases.jsonl", rows=1)]
    (folder / "manifest.json").write_text(manifest_text({}, files))
    assert first_difference(folder) is None
    return folder


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("name", None),
        ("bytes", "3"),
        ("bytes", 3.0),
        ("bytes", True),
        ("sha256", 5),
        ("rows", "1"),
        ("rows", []),
    ],
)
def test_a_manifest_with_a_value_of_another_type_is_refused_in_words(small: Path, field: str, value: Any) -> None:
    content = json.loads((small / "manifest.json").read_text())
    content["files"][0][field] = value
    (small / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(SnapshotError, match="not the manifest of a snapshot; copy the snapshot again"):
        first_difference(small)


def test_a_content_hash_that_is_not_that_of_the_files_is_named(small: Path) -> None:
    content = json.loads((small / "manifest.json").read_text())
    content["content_hash"] = "snapshot-content-1:" + "0" * 64
    (small / "manifest.json").write_text(json.dumps(content))
    assert first_difference(small) == "content_hash is not the hash of the listed files; do not trust this manifest."


def test_a_manifest_that_is_a_device_or_a_pipe_is_refused_at_once(small: Path) -> None:
    manifest = small / "manifest.json"
    manifest.unlink()
    manifest.symlink_to("/dev/zero")
    with pytest.raises(SnapshotError, match="it is a device, a pipe or a socket"):
        read_manifest(small)
    manifest.unlink()
    os.mkfifo(manifest)
    with pytest.raises(SnapshotError, match="it is a device, a pipe or a socket"):
        read_manifest(small)


def test_a_table_that_is_a_pipe_is_refused_when_snapshots_are_compared(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_text(manifest_text({}, []))
    (small / "cases.jsonl").unlink()
    os.mkfifo(small / "cases.jsonl")
    with pytest.raises(SnapshotError, match=r"cases\.jsonl: it is a device, a pipe or a socket"):
        list(snapshot_differences(small, other))
