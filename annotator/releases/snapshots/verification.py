"""Verification of a snapshot on disk, without a database: the first difference from its manifest."""

from pathlib import Path

from annotator.releases.snapshots.manifest import MANIFEST, Manifest, content_hash, read_manifest
from annotator.releases.snapshots.table_files import WrittenFile, written_file

_READ_AT_ONCE = 1024 * 1024


def first_difference(folder: Path) -> str | None:
    """Return the first difference between a snapshot's files and its manifest in words; None where there is none.

    Raises SnapshotError for a folder without a usable manifest.
    """
    manifest = read_manifest(folder)
    for expected in manifest.files.values():
        if difference := _difference(folder / expected.name, expected):
            return difference
    if manifest.content.get("content_hash") != content_hash(manifest.files.values()):
        return "content_hash is not the hash of the listed files; do not trust this manifest."
    return _unknown_file(folder, manifest)


def _difference(path: Path, expected: WrittenFile) -> str | None:
    if path.is_symlink() or not path.is_file():
        return f"{expected.name} is missing; copy the snapshot again."
    size = path.stat().st_size
    if size != expected.bytes:
        return f"{expected.name} has {size:,} bytes instead of {expected.bytes:,}; copy the snapshot again."
    found = written_file(path, name=expected.name)
    if found.sha256 != expected.sha256:
        return f"{expected.name} has the SHA-256 {found.sha256} instead of {expected.sha256}; copy the snapshot again."
    if expected.name.endswith(".jsonl") and (lines := _lines(path)) != expected.rows:
        return f"{expected.name} has {lines:,} rows instead of {expected.rows:,}; do not trust this manifest."
    return None


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(part.count(b"\n") for part in iter(lambda: file.read(_READ_AT_ONCE), b""))


def _unknown_file(folder: Path, manifest: Manifest) -> str | None:
    for path in sorted(folder.iterdir()):
        if path.name != MANIFEST and path.name not in manifest.files:
            return f"{path.name} is not in the manifest; remove it, or copy the snapshot again."
    return None
