"""Failures of the machine are one sentence with a way out: for commands, pages and REST."""

import errno
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.views import LoginView
from django.db import IntegrityError, OperationalError, ProgrammingError
from django.test import Client

from annotator.machine_failures import failure_sentence
from tests.paths import REPOSITORY


def raised_from(error: Exception, *, sqlstate: str) -> Exception:
    """The error as Django raises it for one of PostgreSQL's."""
    cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("no such table: runs_run"), "`.venv/bin/python manage.py migrate`"),
        (OperationalError("table runs_run has no column named left_out"), "`.venv/bin/python manage.py migrate`"),
        (raised_from(ProgrammingError("relation"), sqlstate="42P01"), "`.venv/bin/python manage.py migrate`"),
        (OperationalError("database or disk is full"), "The disk is full"),
        (raised_from(OperationalError("could not extend file"), sqlstate="53100"), "The disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (OperationalError("unable to open database file"), "run `make setup`"),
        (OperationalError("attempt to write a readonly database"), "run `make setup`"),
    ],
)
def test_a_failure_of_the_machine_has_a_sentence(error: Exception, words: str) -> None:
    assert words in (failure_sentence(error) or "")
    outer = ValueError("the step failed")
    outer.__cause__ = error
    assert words in (failure_sentence(outer) or "")


@pytest.mark.parametrize("error", [ValueError("a fault of ours"), IntegrityError("UNIQUE constraint failed")])
def test_a_fault_of_the_program_has_none(error: Exception) -> None:
    assert failure_sentence(error) is None


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(LoginView, "get", fails)


def test_a_page_answers_with_the_sentence_and_without_the_database(full_disk: None) -> None:
    answer = Client(raise_request_exception=False).get("/login/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "The disk is full, and nothing of this step was stored" in answer.content.decode()


def test_rest_answers_with_the_sentence_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.api.verify import VerifyView

    def fails(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("no such table: authtoken_token")

    monkeypatch.setattr(VerifyView, "initial", fails)
    answer = Client(raise_request_exception=False).post("/api/v1/verify", "{}", "application/json")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["detail"]


def command(*arguments: str, var_dir: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=inherited | {"VAR_DIR": str(var_dir), "SECRET_KEY": secrets.token_hex(32)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("start_run", "mine", "some-model", "base"), ("add_person", "lena", "--site-lead"), ("report", "s")]
)
def test_a_command_on_a_database_without_tables_says_the_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = command(*arguments, var_dir=tmp_path)
    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A port on which something listens that never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_reported_within_five_seconds(tmp_path: Path, silent_server: int) -> None:
    url = f"postgres://cotrast@127.0.0.1:{silent_server}/cotrast"
    first = time.monotonic()
    command("check", var_dir=tmp_path)
    started = time.monotonic()
    done = command("start_run", "mine", "some-model", "base", var_dir=tmp_path, DATABASE_URL=url)
    # Besides what every command needs to start, which may double meanwhile on a crowded machine.
    assert time.monotonic() - started - 2 * (started - first) < 5
    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer: ")
    assert "correct DATABASE_URL" in done.stderr
