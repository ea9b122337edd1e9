"""Backups: whole under writes, compared before they replace anything, on SQLite and PostgreSQL."""

import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest
from django.db import connection

from tests.paths import REPOSITORY

PROBE = (
    "import django; django.setup(); from annotator.runs.models import Environment as E; "
    "from django.db import connection as c; cursor = c.cursor(); "
    "ok = c.vendor != 'sqlite' or cursor.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'; "
    "print(ok, E.objects.count(), [e.content['n'] for e in E.objects.order_by('pk')][-1])"
)


SECRET = token_urlsafe(50)


def run(var: Path, *arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program in an installation of its own."""
    environment = {
        **os.environ,
        "VAR_DIR": str(var),
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
        "SECRET_KEY": SECRET,
    }
    environment |= {"DATABASE_URL": url} if url else {}
    if not url:
        environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, *arguments], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def database(tmp_path: Path, db: None) -> str:
    """The address of an empty database of the kind that the tests run on; "" for a new SQLite file."""
    if connection.vendor == "sqlite":
        return ""
    values = connection.settings_dict
    name = f"backup_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    url = f"postgres://{values['USER']}@{values['HOST']}:{values['PORT'] or 5432}/{name}"
    subprocess.run(["createdb", "-h", values["HOST"], "-U", values["USER"], name], check=True)
    return url


WRITER = (
    "import django, sys; django.setup(); from annotator.runs.models import Environment as E\n"
    "for n in range(100000):\n"
    "    E.objects.create(hash=f'environment-1:{n}', content={'n': n}); print(n, flush=True)\n"
)


@pytest.mark.slow
def test_a_backup_under_writes_is_of_one_moment_and_comes_back_whole(tmp_path: Path, database: str) -> None:
    var, backup = tmp_path / "var", tmp_path / "cotrast.tar"
    var.mkdir()
    (var / "secret_key").write_text("k" * 64)
    assert run(var, "manage.py", "migrate", "--verbosity", "0", url=database).returncode == 0
    environment = {
        **os.environ,
        "VAR_DIR": str(var),
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
        "SECRET_KEY": SECRET,
    }
    environment |= {"DATABASE_URL": database} if database else {}
    writer = subprocess.Popen([sys.executable, "-c", WRITER], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    try:
        for _ in range(20):
            writer.stdout.readline()
        drain = threading.Thread(target=writer.stdout.read, daemon=True)
        drain.start()
        done = run(var, "manage.py", "backup", str(backup), url=database)
        assert done.returncode == 0, done.stderr
        assert writer.poll() is None, "the writer must have gone on all the time"
    finally:
        writer.kill()
        writer.wait()
    assert backup.stat().st_mode & 0o077 == 0
    # An installation elsewhere, or the same one for PostgreSQL, whose rows of after the backup go.
    other = tmp_path / "other"
    other.mkdir()
    if database:
        refused = run(other, "manage.py", "restore", str(backup), url=database)
        assert "The database is not empty" in refused.stderr
    extra = ["--overwrite"] if database else []
    restored = run(other, "manage.py", "restore", str(backup), *extra, url=database)
    assert restored.returncode == 0, restored.stderr
    assert (other / "secret_key").read_text() == "k" * 64
    ok, count, last = run(other, "-c", PROBE, url=database).stdout.split()
    assert ok == "True"
    assert int(count) == int(last) + 1 >= 20, "every row up to the moment, none after it"


def test_a_damaged_backup_replaces_nothing(tmp_path: Path, settings: Any) -> None:
    whole, damaged = tmp_path / "whole.tar", tmp_path / "damaged.tar"
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_key").write_text("k" * 64)
    assert run(tmp_path / "var", "manage.py", "migrate", "--verbosity", "0").returncode == 0
    assert run(tmp_path / "var", "manage.py", "backup", str(whole)).returncode == 0
    content = bytearray(whole.read_bytes())
    with tarfile.open(whole) as archive:
        place = archive.getmember("database.sqlite3").offset_data + 5000
    content[place] ^= 0xFF
    damaged.write_bytes(content)
    before = (tmp_path / "var" / "cotrast.sqlite3").read_bytes()
    done = run(tmp_path / "var", "manage.py", "restore", str(damaged), "--overwrite")
    assert "database.sqlite3 is not as it was backed up" in done.stderr
    assert (tmp_path / "var" / "cotrast.sqlite3").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\0" * 10240])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    done = run(tmp_path, "manage.py", "restore", str(tmp_path / "x.tar"))
    assert done.returncode == 1
    assert "x.tar" in done.stderr
    assert "Traceback" not in done.stderr
