"""Manifest of a snapshot: what it is, and the size and SHA-256 of every file. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from annotator.canonical import fingerprint
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
    """Return the text of a manifest. `content_hash` covers the JSON lines alone: no library decides their bytes."""
    listed = sorted(files, key=lambda file: file.name)
    lines = {file.name: file.sha256 for file in listed if file.name.endswith(".jsonl")}
    content = {
        "format": FORMAT,
        **head,
        "content_hash": fingerprint("snapshot-content-1", lines),
        "files": [asdict(file) for file in listed],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a snapshot. Raises SnapshotError for a folder without a usable one."""
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise SnapshotError(f"{path}: larger than any manifest; copy the snapshot again.")
        written = path.read_bytes()
        content = json.loads(written)
        files = {row["name"]: WrittenFile(**row) for row in content["files"]}
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


def is_plain_name(name: str) -> bool:
    """Whether a name stays in its folder: no path, no hidden file."""
    return PurePosixPath(name).name == name and "\\" not in name and not name.startswith(".") and "\0" not in name
