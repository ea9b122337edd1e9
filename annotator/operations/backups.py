"""Backups of an installation in one file: the database as of one moment, and its files.

SQLite is copied by its own online backup and PostgreSQL by pg_dump, both while people go on working. The file is a tar
archive with a manifest of sizes and hashes; it holds the secret key, password hashes and tokens, for its owner alone.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

FORMAT = "cotrast.backup.1"
MANIFEST, SQLITE, POSTGRESQL = "backup.json", "database.sqlite3", "database.pgdump"
KEPT = ("secret_key", "snapshots", "uploads")
"""What of VAR_DIR is backed up besides the database; the rest is made again."""
_PAGES_AT_ONCE = 2_000
_READ_AT_ONCE = 1024 * 1024
_TIMEOUT_S = 3_600
Json = dict[str, Any]


class BackupError(Exception):
    """The message names what is wrong, where, and the way out."""


def backup_write(target: Path) -> Json:
    """Write a backup into the new file `target` and return its manifest. Raises BackupError, with nothing left."""
    if target.exists():
        raise BackupError(f"{target} exists; name a new file.")
    staged = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="cotrast-backup-", dir=target.parent) as folder:
            files = dict(_database(Path(folder))) | dict(_kept_files())
            manifest = {
                "format": FORMAT,
                "database": connection.vendor,
                "migrations": _migrations(),
                "files": {name: _described(path) for name, path in sorted(files.items())},
            }
            with tarfile.open(staged, "w", format=tarfile.PAX_FORMAT) as archive:
                _add_text(archive, Path(folder), json.dumps(manifest, indent=1) + "\n")
                for name, path in sorted(files.items()):
                    archive.add(path, name, recursive=False)
        staged.rename(target)
    except OSError as error:
        raise BackupError(f"cannot write {target}: {error.strerror}; make room, or name another file.") from None
    finally:
        staged.unlink(missing_ok=True)
    return manifest


def backup_restore(source: Path, *, overwrite: bool = False) -> Json:
    """Replace the database and the files by those of a backup and return its manifest. Raises BackupError.

    Everything is unpacked and compared with the manifest first. A database with tables is replaced only to `overwrite`.
    Stop the web server and the workers before.
    """
    if not overwrite and connection.introspection.table_names():
        raise BackupError("The database is not empty; restore into a new one, or replace everything with --overwrite.")
    with tempfile.TemporaryDirectory(prefix="cotrast-restore-", dir=settings.VAR_DIR) as name:
        folder = Path(name)
        manifest = _unpacked(source, folder)
        if manifest["database"] != connection.vendor:
            raise BackupError(
                f"{source} is a backup of {manifest['database']}, and this database is {connection.vendor}; "
                "set DATABASE_URL to one of the same kind."
            )
        _restore_database(folder)
        for kept in KEPT:
            if (folder / kept).exists():
                _replace(folder / kept, settings.VAR_DIR / kept)
    return manifest


def _database(folder: Path) -> Iterator[tuple[str, Path]]:
    if connection.vendor == "sqlite":
        path = folder / SQLITE
        # A connection of its own: the copy is of one moment, however much is written meanwhile.
        with closing(sqlite3.connect(_sqlite_path())) as live, closing(sqlite3.connect(path)) as copy:
            live.execute("PRAGMA busy_timeout=30000")
            with _one_moment(live):
                live.backup(copy, pages=_PAGES_AT_ONCE)
            copy.execute("PRAGMA journal_mode=DELETE")
        yield SQLITE, path
    else:
        path = folder / POSTGRESQL
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}"])
        yield POSTGRESQL, path


@contextmanager
def _one_moment(live: sqlite3.Connection) -> Iterator[None]:
    """Hold a read transaction: without it a backup starts anew whenever somebody writes, and might never end."""
    live.isolation_level = None
    live.execute("BEGIN")
    live.execute("SELECT count(*) FROM sqlite_master").fetchone()
    try:
        yield
    finally:
        live.execute("ROLLBACK")


def _restore_database(folder: Path) -> None:
    connection.close()
    if connection.vendor == "sqlite":
        path = _sqlite_path()
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        _replace(folder / SQLITE, path)
    else:
        name = connection.settings_dict["NAME"]
        options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        _run(["pg_restore", *options, f"--dbname={name}", str(folder / POSTGRESQL)])


def _run(command: list[str]) -> None:
    """Run a program of PostgreSQL on the configured database; its password is in the environment, not in the list."""
    values = connection.settings_dict
    variables = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {name: str(values[key]) for name, key in variables.items() if values.get(key)}
    try:
        subprocess.run(
            command, env={**os.environ, **environment}, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S
        )
    except FileNotFoundError:
        raise BackupError(f"{command[0]} is not installed; install the client programs of PostgreSQL.") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no reason"])[-1]
        raise BackupError(f"{command[0]} failed: {last}; the database is as it was.") from None
    except subprocess.TimeoutExpired:
        raise BackupError(f"{command[0]} took more than {_TIMEOUT_S} s; see whether the server answers.") from None


def _kept_files() -> Iterator[tuple[str, Path]]:
    for name in KEPT:
        path = settings.VAR_DIR / name
        if path.is_file() and not path.is_symlink():
            yield name, path
        for found in sorted(path.rglob("*")) if path.is_dir() else ():
            if found.is_file() and not found.is_symlink() and ".part" not in found.name:
                yield found.relative_to(settings.VAR_DIR).as_posix(), found


def _unpacked(source: Path, folder: Path) -> Json:
    """Unpack a backup into `folder` and compare it with its manifest. Raises BackupError, which names the file."""
    try:
        with tarfile.open(source, "r:") as archive:
            archive.extractall(folder, filter="data")
        manifest: Json = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        described: Mapping[str, Json] = manifest["files"]
    except OSError as error:
        raise BackupError(f"{source}: {error.strerror or error}; name a backup.") from None
    except (tarfile.TarError, ValueError, KeyError, TypeError):
        raise BackupError(f"{source} is no backup; name a file that the command backup has made.") from None
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{source}: the format is unknown; this program reads {FORMAT}.")
    for name, expected in described.items():
        path = folder / PurePosixPath(name)
        if ".." in PurePosixPath(name).parts or not path.is_file() or _described(path) != expected:
            raise BackupError(f"{source}: {name} is not as it was backed up; use another backup.")
    return manifest


def _described(path: Path) -> Json:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ_AT_ONCE):
            digest.update(part)
        return {"bytes": file.tell(), "sha256": digest.hexdigest()}


def _migrations() -> list[str]:
    return sorted(".".join(name) for name in MigrationRecorder(connection).applied_migrations())


def _add_text(archive: tarfile.TarFile, folder: Path, text: str) -> None:
    path = folder / MANIFEST
    path.write_text(text, encoding="utf-8")
    archive.add(path, MANIFEST)


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)


def _sqlite_path() -> Path:
    return Path(connection.settings_dict["NAME"])
