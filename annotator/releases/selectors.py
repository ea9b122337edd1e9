"""Reads of snapshots: the progress of those under way, and the files of those that are done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from annotator.releases.models import Snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import MANIFEST, read_manifest
from annotator.studies.models import Study


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A file to download: its name and size."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class SnapshotState:
    """A snapshot with its files, none before it is done, and the seconds left, None where nothing says."""

    snapshot: Snapshot
    files: Sequence[SnapshotFile]
    seconds_left: float | None


def snapshot_states(study: Study) -> list[SnapshotState]:
    """Return the snapshots of a study, the newest first."""
    rows = Snapshot.objects.filter(study=study).select_related("study")
    return [SnapshotState(row, _files(row), _seconds_left(row)) for row in rows.order_by("-number")]


def _files(snapshot: Snapshot) -> list[SnapshotFile]:
    if snapshot.status != Snapshot.Status.DONE:
        return []
    try:
        listed = read_manifest(snapshot.folder).files.values()
    except SnapshotError:
        return []  # the page says that they are not on this machine
    manifest = SnapshotFile(MANIFEST, (snapshot.folder / MANIFEST).stat().st_size)
    return [manifest, *(SnapshotFile(file.name, file.bytes) for file in listed)]


def _seconds_left(snapshot: Snapshot) -> float | None:
    if not snapshot.written or snapshot.started_at is None or snapshot.written >= snapshot.expected:
        return None
    elapsed = (timezone.now() - snapshot.started_at).total_seconds()
    return elapsed / snapshot.written * (snapshot.expected - snapshot.written)
