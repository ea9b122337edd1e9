"""A fleet for fault tests: a database, a broker and workers as processes, and counts of what came of their rows.

Nothing here shares a database with pytest: what a test kills, cuts or fills is the fleet's own.
"""

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg

from annotator.operations.supervisor.valkey import answers, valkey_command
from tests.paths import REPOSITORY
from tests.processes import eventually

DATABASE_URL = os.environ.get("DATABASE_URL", "")
ON_POSTGRESQL = DATABASE_URL.startswith("postgres")
LEASE_S = 5
_PAGE = """
from django.contrib.auth.models import User
from django.test import Client
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get_or_create(username="root", is_staff=True)[0])
print(client.get("/runs/%d/").content.decode())
"""


class Fleet:
    """The processes of one fault test and its database.

    `broker_url` is that of a broker that runs already; `preload` are modules that forked workers have imported.
    """

    def __init__(self, folder: Path, database_url: str, broker_url: str = "", *, preload: Sequence[str] = ()) -> None:
        self.folder = folder
        self._preload = preload
        self.model = f"scripted-{secrets.token_hex(3)}"  # a queue of its own, also on a broker that others use
        self.socket = folder / "valkey.sock"
        self.calls_file = folder / "calls.txt"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._broker: subprocess.Popen[bytes] | None = None
        self._forks: subprocess.Popen[bytes] | None = None
        self._forked: list[int] = []
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        self.environment = inherited | {
            "VAR_DIR": str(folder),
            "SECRET_KEY": secrets.token_hex(32),
            "DATABASE_URL": database_url,
            "BROKER_URL": broker_url or f"redis+socket://{self.socket}",
            "GENERATION_LEASE_S": str(LEASE_S),
            "SCRIPTED_CALLS_FILE": str(self.calls_file),
            "OMP_NUM_THREADS": "1",
        }

    # --- the broker -----------------------------------------------------------------------------------------------

    def start_broker(self) -> None:
        command = [str(part) for part in valkey_command(self.socket).arguments]
        self._broker = self.spawn(command)
        assert eventually(lambda: answers(self.socket), 10)

    def kill_broker(self) -> None:
        """End the broker as a crash does. It keeps nothing on disk, so that the next one begins empty."""
        assert self._broker is not None
        self._broker.kill()
        self._broker.wait()

    def flush_broker(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(self.socket))
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16).startswith(b"+OK")

    # --- the processes --------------------------------------------------------------------------------------------

    def spawn(self, command: Sequence[str], **environment: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "output.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=REPOSITORY, env=self.environment | environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def worker(self, *prefix: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a worker as `make worker` does; `prefix` is put before its command, such as `ip netns exec NAME`."""
        return self.spawn([*prefix, sys.executable, "manage.py", "start_worker", self.model], **environment)

    def forked_worker(self) -> int:
        """Start a worker in a fraction of the time, as a fork of a process that has imported all; return its number."""
        if self._forks is None:
            with (self.folder / "output.log").open("ab") as log:
                self._forks = subprocess.Popen(
                    [sys.executable, "-m", "tests.faults.worker_forks", self.model, *self._preload],
                    cwd=REPOSITORY,
                    env=self.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
            self.processes.append(self._forks)
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(b"one\n")
        self._forks.stdin.flush()
        pid = int(self._forks.stdout.readline())
        self._forked.append(pid)
        return pid

    def stop(self) -> None:
        for pid in self._forked:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def python(self, program: str, **environment: str) -> str:
        """Run a program with Django and the fleet's own settings, and return what it prints."""
        code = f"import django; django.setup()\n{program}"
        settings = {"DJANGO_SETTINGS_MODULE": "annotator.settings", "LOG_LEVEL": "WARNING"}
        environment = self.environment | settings | environment
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def output(self) -> str:
        return (self.folder / "output.log").read_text(errors="replace")

    # --- the rows -------------------------------------------------------------------------------------------------

    def start_run(self, prompts: int, *, delay_s: float = 0.01, batch_size: int = 8) -> int:
        """Start a run of a scripted model over new prompts with one constraint each; return its number."""
        call = f"start_scripted_run({self.model!r}, {prompts}, delay_s={delay_s}, batch_size={batch_size})"
        return int(self.python(f"from tests.faults.scripted_run import start_scripted_run\nprint({call})").split()[-1])

    def start_remote_run(self, prompts: int, *, backend: str, name: str, serving: dict[str, Any]) -> int:
        """Start a run of a model that is asked over HTTP, over the same prompts; return its number."""
        call = f"start_remote_run({self.model!r}, {prompts}, backend={backend!r}, name={name!r}, serving={serving!r})"
        return int(self.python(f"from tests.faults.scripted_run import start_remote_run\nprint({call})").split()[-1])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        url = self.environment["DATABASE_URL"]
        if url.startswith("postgres"):
            with psycopg.connect(url) as connection:
                return connection.execute(query).fetchall()  # type: ignore[arg-type]
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def statuses(self) -> Counter[str]:
        return Counter(dict(self.rows("select status, count(*) from runs_generation group by status")))

    def done(self) -> int:
        return self.statuses()["done"]

    def run_status(self, run: int) -> str:
        return str(self.rows(f"select status from runs_run where id = {run}")[0][0])  # noqa: S608

    def calls(self) -> Counter[str]:
        """How often the model was called for each generation, by what the scripted backend wrote down."""
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return Counter(line.split("\t")[1].partition("/")[0] for line in lines)

    def page(self, run: int) -> str:
        """The page of the run, as a site lead reads it."""
        return self.python(_PAGE % run, DEBUG="1")  # without collected static files

    def requires_each_generation_once(self, run: int, prompts: int, *, repeated_calls: int) -> None:
        """Assert that the run is done and each row stored once, with at most so many model calls beyond one a row."""
        assert self.statuses() == {"done": prompts}, self.output()[-4000:]
        assert self.run_status(run) == "done"
        assert self.rows("select count(*), count(distinct generation_id) from runs_modelcall") == [(prompts, prompts)]
        # one constraint, in the scopes answer and completion
        assert self.rows("select count(*) from runs_verdict") == [(2 * prompts,)]
        assert self.rows("select count(*) from events_event where kind = 'run.finished'") == [(1,)]
        calls = self.calls()
        assert len(calls) == prompts
        assert calls.total() - prompts <= repeated_calls, calls.most_common(5)


def created_database(server: str, *, template: str = "") -> Iterator[str]:
    """Create a PostgreSQL database beside that of the URL `server`, yield its URL, and drop it."""
    name = f"faults_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}" + (f" template {template}" if template else ""))  # type: ignore[arg-type]
        yield server.rpartition("/")[0] + f"/{name}"
        connection.execute(f"drop database {name} with (force)")  # type: ignore[arg-type]
