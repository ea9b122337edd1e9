"""`make setup` refuses in one sentence, and does nothing when it is repeated."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.paths import REPOSITORY


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files of a clone that `make setup` reads before it installs."""
    for name in ("Makefile", "requirements.txt", "requirements-data.txt", "requirements-dev.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "VAR_DIR", "DATABASE_URL")
    }
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def pretend_installed(clone: Path) -> None:
    """An environment with the stamp of installed packages, and a Python that does next to nothing."""
    stamp = re.search(r"\.venv/runtime-\d+", make(clone, "--dry-run", "setup").stdout)
    assert stamp
    program(clone / ".venv/bin/python", 'case "$1" in -c) echo a-new-key ;; *) mkdir -p var/static ;; esac')
    (clone / stamp[0]).touch()


def test_an_old_python_is_refused_with_the_way_out(clone: Path) -> None:
    old = program(clone / "python3.9", "exit 1")
    done = make(clone, "setup", f"PYTHON={old}")
    assert done.returncode != 0
    assert f"Cotrast needs Python 3.11 or newer, and {old} is not" in done.stdout
    assert not (clone / ".venv").exists()


def test_a_python_without_venv_is_refused_with_the_way_out(clone: Path) -> None:
    bare = program(clone / "python3.11", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    done = make(clone, "setup", f"PYTHON={bare}")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stdout
    assert not (clone / ".venv").exists()


def test_a_var_that_cannot_be_written_is_refused_with_the_way_out(clone: Path) -> None:
    pretend_installed(clone)
    (clone / "var").write_text("")
    done = make(clone, "setup")
    assert done.returncode != 0
    assert "Cannot write in var/" in done.stdout
    assert "VAR_DIR=/another/folder" in done.stdout


def test_the_key_is_written_once_for_its_owner_alone(clone: Path) -> None:
    pretend_installed(clone)
    assert make(clone, "setup").returncode == 0
    key = clone / "var" / "secret_key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.write_text("the key of this installation, kept")
    assert make(clone, "setup").returncode == 0
    assert key.read_text() == "the key of this installation, kept"


def test_a_var_that_others_can_enter_is_closed_to_them(clone: Path) -> None:
    pretend_installed(clone)
    (clone / "var").mkdir()
    (clone / "var").chmod(0o755)
    (clone / "var" / "cotrast.sqlite3").touch(0o644)
    assert make(clone, "setup").returncode == 0
    assert (clone / "var").stat().st_mode & 0o777 == 0o700
    assert (clone / "var" / "cotrast.sqlite3").stat().st_mode & 0o777 == 0o600


def test_setup_migrates_once_for_each_version_and_never_the_database_of_a_team(clone: Path) -> None:
    pretend_installed(clone)
    program(clone / ".venv/bin/python", 'case "$1" in -c) echo key ;; *) mkdir -p var/static; echo $2 >> ran ;; esac')
    (clone / "annotator/runs/migrations").mkdir(parents=True)
    (clone / "annotator/web/static").mkdir(parents=True)

    def ran(*arguments: str) -> int:
        assert make(clone, "setup", *arguments).returncode == 0
        return (clone / "ran").read_text().split().count("migrate")

    assert ran("DATABASE_URL=postgres://127.0.0.1/x") == 0
    assert ran() == 1
    (clone / "var" / "cotrast.sqlite3").touch()
    assert (ran(), ran()) == (1, 1)
    os.utime(clone / "var" / ".migrated", (0, 0))
    assert ran() == 2
    (clone / "var" / "cotrast.sqlite3").unlink()
    assert ran() == 3


def test_another_list_of_packages_is_installed_anew(clone: Path) -> None:
    pretend_installed(clone)
    assert "Installing" not in make(clone, "--dry-run", "setup").stdout
    with (clone / "requirements.txt").open("a") as file:
        file.write("one-more==1.0\n")
    assert "Installing" in make(clone, "--dry-run", "setup").stdout


def test_messages_without_gettext_are_refused_with_the_way_out(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_installed(clone)
    for name in ("make", "sh", "cat", "cksum", "mkdir", "find", "test", "touch"):
        (clone / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(clone))
    done = make(clone, "messages")
    assert done.returncode != 0
    assert "apt-get install gettext" in done.stdout


def test_a_worker_without_a_model_is_asked_for_one(clone: Path) -> None:
    pretend_installed(clone)
    done = make(clone, "worker")
    assert done.returncode != 0
    assert "make worker MODEL=smollm2-135m" in done.stdout


def pretend_supply_tools(clone: Path, name: str, script: str) -> None:
    """The environment of the tools that read lists of packages, with one program in place of a tool."""
    program(clone / ".venv-supply/bin/cyclonedx-py", "exit 0")
    program(clone / ".venv-supply/bin" / name, script)


def test_hashes_that_cannot_be_read_are_told_with_the_reason(clone: Path) -> None:
    pretend_supply_tools(clone, "uv", "echo 'error: no route to host' >&2; exit 2")
    done = make(clone, "lock")
    assert done.returncode != 0
    assert "no route to host" in done.stderr
    assert "the package registry is needed for them" in done.stdout


@pytest.mark.parametrize(
    ("script", "status", "words"),
    [
        ("echo 'ConnectionError: refused' >&2; exit 1", 2, "Nothing was looked up: the database of vulnerabilities"),
        ("echo '{}' > var/audit.json; exit 1", 2, "Vulnerable packages are named in var/audit.json"),
        ("echo '{}' > var/audit.json; exit 0", 0, "No vulnerability of a locked package is known."),
    ],
)
def test_an_audit_tells_no_answer_from_a_good_one(clone: Path, script: str, status: int, words: str) -> None:
    pretend_supply_tools(clone, "pip-audit", script)
    done = make(clone, "audit")
    assert (done.returncode, words in done.stdout) == (status, True), done.stdout
