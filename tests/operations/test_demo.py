"""`manage.py demo` from outside, as a person runs it: killed and started again, stopped, refused."""

import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.paths import REPOSITORY
from tests.processes import eventually, free_port

pytestmark = pytest.mark.slow

DATABASE_URL = os.environ.get("DATABASE_URL", "")
PROMPTS = 6
MINUTES = 60.0


class Machine:
    """A fresh machine as the demo sees it: its own var/ and, on PostgreSQL, its own database."""

    def __init__(self, var_dir: Path, database_url: str, static_files: Path) -> None:
        self.var_dir, self.database_url = var_dir, database_url
        self.port = free_port()
        var_dir.mkdir(parents=True)
        (var_dir / "static").symlink_to(static_files)
        self.environment = {**os.environ, "VAR_DIR": str(var_dir), "SECRET_KEY": secrets.token_hex(32)}
        if database_url:
            self.environment["DATABASE_URL"] = database_url

    @contextmanager
    def demo(self, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
        command = [sys.executable, "manage.py", "demo", "--port", str(self.port), "--recorded", "0", *options]
        with (self.var_dir / "output.log").open("a") as log:
            running = subprocess.Popen(command, cwd=REPOSITORY, env=self.environment, stdout=log, stderr=log)
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    def output(self) -> str:
        return (self.var_dir / "output.log").read_text()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.database_url:
            with psycopg.connect(self.database_url) as connection:
                return connection.execute(query).fetchall()
        with closing(sqlite3.connect(self.var_dir / "cotrast.sqlite3", timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def generations(self, status: str) -> int:
        count: int = self.rows(f"select count(*) from runs_generation where status = '{status}'")[0][0]  # noqa: S608
        return count

    def page(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
                status: int = answer.status
                return status
        except OSError:
            return 0

    def processes(self) -> list[int]:
        """Every process that was started for this machine, by the VAR_DIR in its environment."""
        setting = f"VAR_DIR={self.var_dir}".encode()
        pids = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if setting in (folder / "environ").read_bytes().split(b"\0"):
                    pids.append(int(folder.name))
            except OSError:
                continue
        return pids


@pytest.fixture
def database() -> Iterator[str]:
    """A database that the demo may fill: a file in its var/, or a new one beside that of DATABASE_URL."""
    if not DATABASE_URL.startswith("postgres"):
        yield ""
        return
    name = f"demo_{secrets.token_hex(6)}"
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield urlsplit(DATABASE_URL)._replace(path=f"/{name}").geturl()
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make setup` collects: once for all machines of these tests."""
    var_dir = tmp_path_factory.mktemp("collected")
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    environment = {**os.environ, "VAR_DIR": str(var_dir), "SECRET_KEY": secrets.token_hex(32)}
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)
    return var_dir / "static"


@pytest.fixture
def machine(tmp_path: Path, database: str, static_files: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "var", database, static_files)
    yield machine
    for pid in machine.processes():
        os.kill(pid, signal.SIGKILL)


def test_killed_in_the_middle_and_started_again_it_has_every_generation_once(machine: Machine) -> None:
    with machine.demo("--prompts", str(PROMPTS)) as first:
        assert eventually(lambda: machine.page() == 200, 60), machine.output()
        assert len(re.findall(r"password  ([a-z0-9-]+)", machine.output())) == 5
        assert eventually(lambda: machine.generations("done") > 0, 5 * MINUTES), machine.output()
        assert machine.generations("done") < 2 * PROMPTS, "killed too late to show anything"
        first.kill()
    assert eventually(lambda: not machine.processes(), 5)
    with machine.demo("--prompts", str(PROMPTS)) as second:
        assert eventually(lambda: machine.generations("done") == 2 * PROMPTS, 5 * MINUTES), machine.output()
        assert eventually(lambda: machine.rows("select count(*) from studies_case") == [(PROMPTS,)], 10)
        second.send_signal(signal.SIGINT)
        assert second.wait(timeout=30) == 0
    assert machine.rows("select count(*), count(distinct fingerprint) from runs_generation") == [
        (2 * PROMPTS, 2 * PROMPTS)
    ]
    assert machine.rows("select count(*) from runs_run where status = 'done'") == [(2,)]
    assert machine.output().count("password  ") == 5, "passwords are shown by the first start alone"
    assert not machine.processes()


def test_cases_to_label_wait_within_ten_seconds_of_the_page_and_the_rest_is_generated(machine: Machine) -> None:
    with machine.demo("--recorded", "24") as running:
        assert eventually(lambda: machine.page() == 200, 60), machine.output()
        assert eventually(lambda: machine.rows("select count(*) from studies_case") >= [(24,)], 10), machine.output()
        recorded = "select count(*) from runs_generation where recorded_at is not null"
        assert machine.rows(recorded) == [(48,)]
        assert "24 cases wait for you already, from a recorded run" in machine.output()
        assert eventually(lambda: machine.generations("claimed") > 0, 5 * MINUTES), "the worker goes on with the others"
        assert machine.rows(recorded) == [(48,)]
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 0


def test_ctrl_c_leaves_no_process_also_from_a_folder_too_deep_for_a_socket(
    tmp_path: Path, database: str, static_files: Path
) -> None:
    machine = Machine(tmp_path / ("deep" * 20) / ("deeper" * 10) / "var", database, static_files)
    with machine.demo("--prompts", "1") as running:
        assert eventually(lambda: machine.page() == 200, 60), machine.output()
        assert eventually(lambda: f"Open http://127.0.0.1:{machine.port}/" in machine.output(), 10)
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0, machine.output()
    assert not machine.processes()


def test_a_second_demo_in_the_same_folder_is_sent_to_the_first(machine: Machine) -> None:
    with machine.demo("--prompts", "1") as first:
        assert eventually(lambda: machine.page() == 200, 60), machine.output()
        with machine.demo("--port", str(free_port())) as second:
            assert second.wait(timeout=30) == 1
        assert f"A demo already runs in {machine.var_dir}" in machine.output()
        assert f"http://127.0.0.1:{machine.port}/" in machine.output()
        assert machine.page() == 200, "the first one is not disturbed"
        first.terminate()
        first.wait(timeout=30)


def test_a_busy_port_is_refused_with_the_way_out(machine: Machine) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", machine.port))
        squatter.listen()
        with machine.demo() as refused:
            assert refused.wait(timeout=30) == 1
    assert f"Port {machine.port} is taken by another program" in machine.output()
    assert f"PORT={machine.port + 1} make demo" in machine.output()
    assert not machine.processes()


def test_uncollected_static_files_are_refused_with_the_way_out(machine: Machine) -> None:
    (machine.var_dir / "static").unlink()
    with machine.demo() as refused:
        assert refused.wait(timeout=30) == 1
    assert "run `make setup`" in machine.output()


def test_a_var_that_cannot_be_written_is_refused_with_the_way_out(machine: Machine) -> None:
    machine.environment["VAR_DIR"] = str(machine.var_dir / "output.log")
    with machine.demo() as refused:
        assert refused.wait(timeout=30) == 1
    assert "cotrast.E001" in machine.output()
    assert "VAR_DIR=/another/folder" in machine.output()
