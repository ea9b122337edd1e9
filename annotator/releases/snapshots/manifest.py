"""Manifest of a snapshot: what it is, and the size and SHA-256 of every file. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from annotator.canonical import fingerprint
from annotator.input_files import open_input
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.table_files import WrittenFile

MANIFEST = "manifest.json"
FORMAT = "cotrast.snapshot.1"
_LARGEST_MANIFEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was read: its files by name, all of its fields, and the hash that names the snapshot."""

    files: Mapping[str, WrittenFile]
    content: Mapping[str, Any]
    hash: str


def manifest_text(head: Mapping[str, Any], files: Iterable[WrittenFile]) -> str:
    """Return the text of a manifest."""
    listed = sorted(files, key=lambda file: file.name)
    content = {
        "format": FORMAT,
        **head,
        "content_hash": content_hash(listed),
        "files": [asdict(file) for file in listed],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def content_hash(files: Iterable[WrittenFile]) -> str:
    """Return the hash of what a snapshot holds. It covers the JSON lines alone: no library decides their bytes."""
    return fingerprint("snapshot-content-1", {file.name: file.sha256 for file in files if file.name.endswith(".jsonl")})


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a snapshot. Raises SnapshotError for a folder without a usable one."""
    path = folder / MANIFEST
    try:
        with open_input(path) as file:
            written = file.read(_LARGEST_MANIFEST + 1)
        if len(written) > _LARGEST_MANIFEST:
            raise SnapshotError(f"{path}: larger than any manifest; copy the snapshot again.")
        content = json.loads(written)
        files = {row["name"]: _listed(row) for row in content["files"]}
    except OSError as error:
        raise SnapshotError(f"{path}: {error.strerror}; name the folder of a snapshot.") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise SnapshotError(f"{path}: not the manifest of a snapshot; copy the snapshot again.") from None
    if content.get("format") != FORMAT:
        raise SnapshotError(
            f"{path}: format {str(content.get('format'))[:60]!r} is unknown; this program reads {FORMAT}."
        )
    for name in files:
        if not is_plain_name(name):
            raise SnapshotError(f"{path}: {name[:80]!r} is no name of a file here; do not trust this snapshot.")
    return Manifest(files, content, f"snapshot-1:{sha256(written).hexdigest()}")


def _listed(row: Mapping[str, Any]) -> WrittenFile:
    """Read a file of the list. Raises TypeError for fields that it does not have, and for values of another type."""
    file = WrittenFile(**row)
    types = (type(file.name), type(file.bytes), type(file.sha256), type(file.rows))
    if types not in ((str, int, str, int), (str, int, str, type(None))):
        raise TypeError("a value of a file has another type")
    return file


def is_plain_name(name: str) -> bool:
    """Whether a name stays in its folder: no path, no hidden file."""
    return PurePosixPath(name).name == name and "\\" not in name and not name.startswith(".") and "\0" not in name
