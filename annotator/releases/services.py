"""Snapshots from request to files: asked for on a page, built by a process of their own under a claim.

The process runs on the machine of the web server, because that one sends the files: a worker of language models may be
on another machine, and many installations have none running. `docs/design/snapshots.md` says why.
"""

import logging
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from annotator.background import claim_renewed, command_start
from annotator.claims import claim_rows, fail_exhausted, finish_row
from annotator.events.selectors import events_about
from annotator.events.services import event_append, subject_of
from annotator.releases.models import Snapshot, snapshots_folder
from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import Manifest
from annotator.runs.models import Generation
from annotator.studies.models import Annotation, Assignment, Study
from annotator.text_cleaning import replace_unstorable

_REPORT_EVERY_S = 1.0
_GOES_ON_WITHIN = timedelta(days=1)
logger = logging.getLogger(__name__)

_BROKE_OFF = (
    "Building broke off with an error of the program ({error}); see the server's log, then ask for another one."
)
_DIED = "The process that built it ended {n} times without a word; see the server's log, then ask for another one."


@transaction.atomic
def snapshot_request(*, study: Study, user: User | None, anonymous: bool = False, licence: str = "") -> Snapshot:
    """Queue a snapshot and, on commit, start a process that builds it. One that waits or is built is returned.

    One that waits with other settings is another one: who asks for an anonymous snapshot never gets one with names.
    """
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    rows = Snapshot.objects.filter(study=study)
    options = {"anonymous": anonymous, "licence": replace_unstorable(licence[:64])}
    waiting = rows.filter(status__in=[Snapshot.Status.QUEUED, Snapshot.Status.CLAIMED], **options).first()
    if waiting is None:
        newest = rows.aggregate(newest=Max("number"))["newest"] or 0
        waiting = Snapshot.objects.create(study=study, number=newest + 1, created_by=user, **options)
        payload = {"study": study.slug, "number": waiting.number}
        event_append("snapshot.requested", waiting, payload, actor=user, study=study.pk)
    transaction.on_commit(builder_start)
    return waiting


@transaction.atomic
def snapshot_download_note(*, study: Study, number: int, file: str, by: User, in_part: bool = False) -> None:
    """Append the event of a download of one file of a snapshot, or of all of them.

    A request for a part of a file that they began to download within a day goes on with that. Any other one is a
    download: a range may be the whole file.
    """
    payload = {"number": number, "file": file}
    if in_part:
        lately = {"actor": by, "created_at__gt": timezone.now() - _GOES_ON_WITHIN}
        begun = events_about([subject_of(study)], ["snapshot.downloaded"]).filter(**lately)
        if begun.filter(payload__number=number, payload__file=file).exists():
            return
    event_append("snapshot.downloaded", study, payload, actor=by, study=study.pk)


@transaction.atomic
def export_note(*, study: Study, file: str, by: User) -> None:
    """Append the event of a download of an exported file."""
    event_append("export.downloaded", study, {"file": file}, actor=by, study=study.pk)


def builder_start() -> None:
    """Start `manage.py build_snapshots` in the background; it ends when no snapshot waits."""
    command_start("build_snapshots")


def snapshot_files_delete(*, study: Study) -> None:
    """Delete the files of a study's snapshots once the deletion of the study is committed."""
    folder = snapshots_folder(study.slug)
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


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
        waiting = Snapshot.objects.filter(Snapshot.free())
        fail_exhausted(waiting, died=_DIED)
        found = list(claim_rows(waiting, order=["pk"], claim=claim, worker="build_snapshots", limit=1))
        expected = sum(_expected(row.study) for row in found)
    if not found:
        return None
    # A second change in the transaction of the first would wait for the study, which a deletion locks before this row.
    mine = Snapshot.objects.filter(pk=found[0].pk, claim=claim)
    mine.update(written=0, expected=expected, started_at=timezone.now())
    return Snapshot.objects.select_related("study__codebook").get(pk=found[0].pk), claim


def _build(snapshot: Snapshot, claim: uuid.UUID, on_rows: Callable[[str, int], object]) -> None:
    """Build into a folder of this claim, and finish the row, or fail it with the reason.

    The folder gets its name with the row that is finished. A study that was deleted meanwhile may have a successor of
    the same name, whose files this process must not touch.
    """
    folder = snapshot.folder
    for left_behind in folder.parent.glob(f"*.{folder.name}.*"):  # by a process that was killed
        shutil.rmtree(left_behind, ignore_errors=True)
    built = folder.with_name(f".{folder.name}.{claim}")
    try:
        manifest = build_snapshot(snapshot.study, built, _options(snapshot), on_rows=on_rows)
        _finish(snapshot, claim, manifest, built)
    except SnapshotError as error:
        finish_row(snapshot, claim=claim, error=str(error), status=Snapshot.Status.FAILED)
    except Exception as error:
        # The row would stay claimed, and the page would wait for a process that is no more.
        logger.exception("Snapshot %s of %s", snapshot.number, snapshot.study.slug)
        reason = _BROKE_OFF.format(error=type(error).__name__)
        finish_row(snapshot, claim=claim, error=reason, status=Snapshot.Status.FAILED)
    finally:
        shutil.rmtree(built, ignore_errors=True)
        with suppress(OSError):  # it has other snapshots, or is not there
            folder.parent.rmdir()


def _options(snapshot: Snapshot) -> Options:
    return Options(anonymous=snapshot.anonymous, licence=snapshot.licence)


def _finish(snapshot: Snapshot, claim: uuid.UUID, manifest: Manifest, built: Path) -> None:
    """Finish the row and give the folder its name, under the row's lock; nothing where the claim is no more."""
    size = sum(file.bytes for file in manifest.files.values())
    with transaction.atomic():
        if not finish_row(snapshot, claim=claim, status=Snapshot.Status.DONE, hash=manifest.hash, bytes=size):
            return
        payload = {"study": snapshot.study.slug, "number": snapshot.number}
        event_append("snapshot.built", snapshot, payload, study=snapshot.study_id, publish=True)
        shutil.rmtree(snapshot.folder, ignore_errors=True)  # of a process that was killed before it could commit
        built.rename(snapshot.folder)


@contextmanager
def _reported(claim: uuid.UUID) -> Iterator[Callable[[str, int], object]]:
    """Yield a function that counts rows; the count is stored meanwhile, and the claim renewed."""
    counts: dict[str, int] = {}

    def store() -> None:
        Snapshot.objects.filter(claim=claim).update(written=sum(dict(counts).values()))

    with claim_renewed(claim, store, every_s=_REPORT_EVERY_S):
        yield counts.__setitem__


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
