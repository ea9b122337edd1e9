"""System checks: silent on a sound machine, else a message with id, place and hint."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.core.checks.registry import registry

from annotator import checks


def ids(messages: list[Any]) -> list[str]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


OURS = [check for check in registry.get_checks() if check.__module__ == "annotator.checks"]


def test_every_check_is_registered_and_quiet_on_a_sound_machine(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    assert len(OURS) == 5
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
