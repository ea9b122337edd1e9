"""System checks: silent on a sound machine, else a message with id, place and hint."""

import os
import secrets
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks.registry import registry

from annotator import checks
from tests.paths import REPOSITORY


def ids(messages: list[Any]) -> list[str]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


OURS = [check for check in registry.get_checks() if check.__module__ == "annotator.checks"]


def test_every_check_is_registered_and_quiet_on_a_sound_machine(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setitem(checks.connection.settings_dict, "NAME", tmp_path / "cotrast.sqlite3")
    assert len(OURS) == 7
    assert [message for check in OURS for message in check(app_configs=None)] == []


def test_var_that_is_a_file_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.write_text("")
    assert ids(checks.var_is_writable()) == ["cotrast.E001"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis+socket:///short/valkey.sock", []),
        (f"redis+socket:///{'d' * 99}", []),
        (f"redis+socket:///{'d' * 100}", ["cotrast.E002"]),
        (f"redis+socket:///{'%20' * 99}", []),
        (f"redis://{'d' * 120}:6379/0", []),
    ],
)
def test_a_socket_path_that_the_system_would_cut_off_is_refused(settings: Any, url: str, expected: list[str]) -> None:
    settings.BROKER_URL = url
    assert ids(checks.socket_path_fits()) == expected


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.connection, "vendor", "sqlite", raising=False)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 9))
    assert ids(checks.sqlite_returns_ids()) == ["cotrast.E003"]


@pytest.mark.parametrize(("mode", "expected"), [(0o600, []), (0o640, ["cotrast.W001"]), (0o604, ["cotrast.W001"])])
def test_a_key_that_others_can_read_is_warned_of(tmp_path: Path, settings: Any, mode: int, expected: list[str]) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "secret_key").touch()
    (tmp_path / "secret_key").chmod(mode)
    assert ids(checks.secret_key_is_private()) == expected


@pytest.mark.parametrize(("mode", "expected"), [(0o700, []), (0o750, ["cotrast.W003"]), (0o705, ["cotrast.W003"])])
def test_a_var_that_others_can_enter_is_warned_of(
    tmp_path: Path, settings: Any, mode: int, expected: list[str]
) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    settings.VAR_DIR.chmod(mode)
    assert ids(checks.var_is_private()) == expected


def test_database_files_that_others_can_read_are_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.connection, "vendor", "sqlite", raising=False)
    monkeypatch.setitem(checks.connection.settings_dict, "NAME", tmp_path / "cotrast.sqlite3")
    for ending, mode in (("", 0o600), ("-wal", 0o644), ("-shm", 0o604)):
        file = tmp_path / f"cotrast.sqlite3{ending}"
        file.touch()
        file.chmod(mode)
    assert ids(checks.database_file_is_private()) == ["cotrast.W004", "cotrast.W004"]


@pytest.mark.parametrize("program", ["manage.py", "annotator.wsgi", "annotator.celery"])
def test_every_entry_point_keeps_what_it_writes_from_others(tmp_path: Path, program: str) -> None:
    """The worker imports `annotator.celery`; the supervisor and Valkey are started by `manage.py`."""
    start = "import manage; manage.main()" if program == "manage.py" else f"import {program}"
    script = f"import os, sys; sys.argv = ['manage.py', 'check']; os.umask(0o022); {start}; open(r'{tmp_path}/f', 'w')"
    environment = os.environ | {"VAR_DIR": str(tmp_path), "SECRET_KEY": secrets.token_hex(32)}
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, env=environment, check=True, capture_output=True)
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("debug", "hosts", "expected"),
    [
        (True, ["127.0.0.1", "localhost"], []),
        (False, ["cotrast.example.org"], []),
        (True, ["cotrast.example.org"], ["cotrast.W002"]),
    ],
)
def test_debug_for_other_hosts_is_warned_of(settings: Any, debug: bool, hosts: list[str], expected: list[str]) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, hosts
    assert ids(checks.debug_is_local()) == expected
