"""Snapshots from request to files: asked for on a page, built by a process of their own under a claim.

The process runs on the machine of the web server, because that one sends the files: a worker of language models may be
on another machine, and many installations have none running. `docs/design/snapshots.md` says why.
"""

import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from annotator.claims import claim_rows, fail_exhausted, finish_row, renew_claims
from annotator.events.services import event_append
from annotator.releases.models import Snapshot
from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.runs.models import Generation
from annotator.studies.models import Annotation, Assignment, Study

_REPORT_EVERY_S = 1.0
_DIED = "The process that built it ended {n} times without a word; see the server's log, then ask for another one."


@transaction.atomic
def snapshot_request(*, study: Study, user: User | None, anonymous: bool = False, licence: str = "") -> Snapshot:
    """Queue a snapshot and, on commit, start a process that builds it. One that waits or is built is returned."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    rows = Snapshot.objects.filter(study=study)
    waiting = rows.filter(status__in=[Snapshot.Status.QUEUED, Snapshot.Status.CLAIMED]).first()
    if waiting is None:
        newest = rows.aggregate(newest=Max("number"))["newest"] or 0
        waiting = Snapshot.objects.create(
            study=study, number=newest + 1, anonymous=anonymous, licence=licence[:64], created_by=user
        )
        event_append("snapshot.requested", waiting, {"study": study.slug, "number": waiting.number})
    transaction.on_commit(builder_start)
    return waiting


def builder_start() -> None:
    """Start `manage.py build_snapshots` in the background; it ends when no snapshot waits."""
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    subprocess.Popen(
        [sys.executable, manage, "build_snapshots"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def snapshots_build() -> int:
    """Build every snapshot that waits, one after the other; return how many. Several processes share them."""
    built = 0
    while (claimed := _claimed()) is not None:
        snapshot, claim = claimed
        with _reported(claim) as on_rows:
            _build(snapshot, claim, on_rows)
        built += 1
    return built


def _claimed() -> tuple[Snapshot, uuid.UUID] | None:
    claim = uuid.uuid4()
    with transaction.atomic():
        waiting = Snapshot.objects.filter(Snapshot.free(timezone.now()))
        fail_exhausted(waiting, died=_DIED)
        found = list(claim_rows(waiting, order=["pk"], claim=claim, worker="build_snapshots", limit=1))
        for row in found:
            Snapshot.objects.filter(pk=row.pk, claim=claim).update(
                written=0, expected=_expected(row.study), started_at=timezone.now()
            )
    return (Snapshot.objects.select_related("study__codebook").get(pk=found[0].pk), claim) if found else None


def _build(snapshot: Snapshot, claim: uuid.UUID, on_rows: Callable[[str, int], object]) -> None:
    """Build, and finish the row under its claim; what an earlier attempt left under the name is no snapshot."""
    shutil.rmtree(snapshot.folder, ignore_errors=True)
    options = Options(anonymous=snapshot.anonymous, licence=snapshot.licence)
    try:
        manifest = build_snapshot(snapshot.study, snapshot.folder, options, on_rows=on_rows)
    except SnapshotError as error:
        finish_row(snapshot, claim=claim, error=str(error), status=Snapshot.Status.FAILED)
        return
    size = sum(file.bytes for file in manifest.files.values())
    finish_row(snapshot, claim=claim, status=Snapshot.Status.DONE, hash=manifest.hash, bytes=size)


@contextmanager
def _reported(claim: uuid.UUID) -> Iterator[Callable[[str, int], object]]:
    """Yield a function that counts rows; a thread stores the count and keeps the claim.

    The building reads from one state of the database and cannot see or make changes, so that they need a connection of
    their own, which a thread has.
    """
    counts: dict[str, int] = {}
    ended = threading.Event()

    def report() -> None:
        try:
            while not ended.wait(_REPORT_EVERY_S):
                renew_claims(claim=claim)
                Snapshot.objects.filter(claim=claim).update(written=sum(dict(counts).values()))
        finally:
            connection.close()

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield counts.__setitem__
    finally:
        ended.set()
        reporter.join()


def _expected(study: Study) -> int:
    """About how many rows a snapshot has: those of the large tables."""
    runs = [study.first_run_id, study.second_run_id]
    return (
        study.first_run.dataset.prompt_count
        + Generation.objects.filter(run__in=runs).count()
        + study.cases.count()
        + Assignment.objects.filter(case__study=study).count()
        + Annotation.objects.filter(assignment__case__study=study).count()
    )
