"""Reads of snapshots: the progress of those under way, and the files of those that are done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db.models.functions import Now
from django.utils import timezone

from annotator.background import seconds_left
from annotator.releases.models import Snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import MANIFEST, read_manifest
from annotator.studies.models import Study

_STARTS_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A file to download: its name and size."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a snapshot on this machine, and the hash of what is in it."""

    path: Path
    digest: str


@dataclass(frozen=True, slots=True)
class SnapshotState:
    """A snapshot with its files, none before it is done, and the seconds left, None where nothing says.

    `stalled`: it waits, and no process builds it or another one, so that it waits for the next that is asked for.
    """

    snapshot: Snapshot
    files: Sequence[SnapshotFile]
    seconds_left: float | None
    stalled: bool = False


def snapshot_states(study: Study) -> list[SnapshotState]:
    """Return the snapshots of a study, the newest first."""
    rows = Snapshot.objects.filter(study=study).select_related("study")
    return [snapshot_state(row) for row in rows.order_by("-number")]


def snapshot_file_of(study: Study, number: int, name: str) -> StoredFile | None:
    """Return a file of a finished snapshot; None where there is none of that name, or it is not on this machine."""
    snapshot = Snapshot.objects.filter(study=study, number=number, status=Snapshot.Status.DONE).first()
    if snapshot is None:
        return None
    snapshot.study = study
    try:
        files = read_manifest(snapshot.folder).files
    except SnapshotError:
        return None
    digest = snapshot.hash if name == MANIFEST else files[name].sha256 if name in files else ""
    path = snapshot.folder / name
    return StoredFile(path, digest) if digest and path.is_file() else None


def snapshot_state(snapshot: Snapshot) -> SnapshotState:
    """Return one snapshot, joined with its study, with its files."""
    left = seconds_left(snapshot.started_at, snapshot.written, snapshot.expected)
    return SnapshotState(snapshot, _files(snapshot), left, _stalled(snapshot))


def _files(snapshot: Snapshot) -> list[SnapshotFile]:
    if snapshot.status != Snapshot.Status.DONE:
        return []
    try:
        listed = read_manifest(snapshot.folder).files.values()
    except SnapshotError:
        return []  # the page says that they are not on this machine
    manifest = SnapshotFile(MANIFEST, (snapshot.folder / MANIFEST).stat().st_size)
    return [manifest, *(SnapshotFile(file.name, file.bytes) for file in listed)]


def _stalled(snapshot: Snapshot) -> bool:
    """Whether it waits without a process: queued since the start of one takes, or claimed by one that is no more."""
    waits = (Snapshot.Status.QUEUED, Snapshot.Status.CLAIMED)
    if snapshot.status not in waits or timezone.now() - snapshot.created_at < _STARTS_WITHIN:
        return False
    held = Snapshot.objects.filter(status=Snapshot.Status.CLAIMED, lease_until__gte=Now())
    return not held.exists()  # one process builds all that wait, one after the other
