"""Building of a snapshot: every file into a staging folder, which is renamed when all of it is there.

A reader never sees half a snapshot: what a full disk or a signal interrupts leaves nothing under its name, and the
next build removes the rest. All tables are read from one state of the database, while people go on annotating.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection

from annotator.garbage_collection import rare_collections
from annotator.releases.snapshots import card, croissant, viewer
from annotator.releases.snapshots.anonymity import cleaner
from annotator.releases.snapshots.columns import Table, encoder
from annotator.releases.snapshots.contents import Contents, contents_of
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.facts import Facts, facts_of
from annotator.releases.snapshots.manifest import MANIFEST, Manifest, manifest_text, read_manifest
from annotator.releases.snapshots.rows import SOURCES
from annotator.releases.snapshots.table_files import FORMATS, WrittenFile, write_table, written_file
from annotator.releases.snapshots.tables import TABLES
from annotator.studies.models import Study


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a snapshot: its formats, whether it is anonymous, and whose texts are left out.

    `licence` is that of the annotations. With `all_texts` no text is left out: such a snapshot is not to be passed on.
    """

    formats: tuple[str, ...] = FORMATS
    anonymous: bool = False
    all_texts: bool = False
    withhold: tuple[str, ...] = ()
    licence: str = ""


def build_snapshot(
    study: Study, target: Path, options: Options, *, on_rows: Callable[[str, int], object] = lambda table, rows: None
) -> Manifest:
    """Write a snapshot into the new folder `target`; `on_rows` hears the table and the rows of it so far.

    Raises SnapshotError, and leaves nothing behind, where the folder exists or cannot be written.
    """
    if target.exists():
        raise SnapshotError(f"{target} exists, and a snapshot never changes; name a new folder.")
    staging = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        with rare_collections(), one_state():
            contents = contents_of(
                study,
                withhold=options.withhold,
                all_texts=options.all_texts,
                clean=cleaner() if options.anonymous else None,
            )
            _write_all(staging, contents, options, on_rows)
        _flush(staging)
        staging.rename(target)
    except OSError as error:
        raise SnapshotError(
            f"cannot write {target}: {error.strerror}; make room there, or name another folder."
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return read_manifest(target)


@contextmanager
def one_state() -> Iterator[None]:
    """Read everything from one state of the database, without a lock that anybody who writes would wait for."""
    if connection.in_atomic_block:
        yield
        return
    repeatable = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        # A transaction of Django would take SQLite's write lock.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if repeatable else "BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _write_all(folder: Path, contents: Contents, options: Options, on_rows: Callable[[str, int], object]) -> None:
    files = list[WrittenFile]()
    for table in TABLES:
        files += _write_table(folder, table, contents, options.formats, on_rows)
    facts = facts_of(contents)
    for name, text in (
        (croissant.NAME, croissant.croissant_text(facts, files, TABLES, licence=options.licence)),
        (card.NAME, card.card_text(facts, files, TABLES, licence=options.licence)),
        (viewer.NAME, viewer.viewer_text(folder, facts)),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        files.append(written_file(folder / name, name=name))
    (folder / MANIFEST).write_text(manifest_text(_head(facts, options), files), encoding="utf-8")


def _write_table(
    folder: Path, table: Table, contents: Contents, formats: Collection[str], on_rows: Callable[[str, int], object]
) -> Iterator[WrittenFile]:
    count = 0
    for count in write_table(folder, table, _encoded(table, contents), formats):
        on_rows(table.name, count)
    for name in FORMATS:
        if (path := folder / f"{table.name}.{name}").exists():
            yield written_file(path, name=path.name, rows=count)


def _encoded(table: Table, contents: Contents) -> Iterator[dict[str, Any]]:
    """The rows of a table as JSON values; those of a withheld dataset without its texts."""
    plain = encoder(table.columns, clean=contents.clean, withheld=False)
    bare = encoder(table.columns, clean=contents.clean, withheld=True)
    for row in SOURCES[table.name](contents):
        yield bare(row) if row.get("dataset_id") in contents.withheld else plain(row)


def _head(facts: Facts, options: Options) -> dict[str, Any]:
    return {
        "study": facts.name,
        "title": facts.title,
        "anonymous": facts.anonymous,
        "all_texts": options.all_texts,
        "withheld": facts.withheld,
        "licence": options.licence or None,
        "checker_version": facts.checker_version,
        "counts": facts.counts,
        "agreement": facts.agreement,
        "licences": facts.licences,
        "known_defects": facts.known_defects,
    }


def _flush(folder: Path) -> None:
    """Write what the system still holds to the disk, so that a power cut leaves a whole snapshot or none."""
    for path in chain(sorted(folder.iterdir()), [folder]):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
