"""Label Studio 1.23 with as many annotators and tasks as Cotrast in `benchmarks/side_by_side.py`.

It runs as `label-studio start` runs it, in an environment of its own, on an empty PostgreSQL database and without
network. A cycle is two requests to its REST interface: fetch the next task, submit an annotation. Does not know
Cotrast.
"""

import http.client
import json
import os
import secrets
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

_BATCH = 1000
_START_S, _STEP_S = 300, 1.0
_CONFIG = """<View>
<Text name="prompt" value="$prompt"/><Text name="left" value="$left"/><Text name="right" value="$right"/>
<Choices name="label" toName="prompt"><Choice value="helped"/><Choice value="hurt"/></Choices>
<TextArea name="note" toName="prompt"/>
</View>"""
_ANNOTATION = {
    "lead_time": 3,
    "result": [
        {"from_name": "label", "to_name": "prompt", "type": "choices", "value": {"choices": ["hurt"]}},
        {"from_name": "note", "to_name": "prompt", "type": "textarea", "value": {"text": ["A note of some words."]}},
    ],
}
# Its API shows nobody the tokens of others, so they are read from the database.
_TOKENS = "select t.key from htx_user u join authtoken_token t on t.user_id = u.id where u.email like 'annotator-%'"


class Client:
    """One person's connection, kept alive."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != expect:
            raise SystemExit(f"{method} {path}: {response.status}: {answer[:300]!r}")
        return json.loads(answer) if answer else None


@dataclass
class Tally:
    """Seconds that one annotator waited for each next task (`following`) and for each submission."""

    following: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Project:
    """A project on a running server, and the tokens of its annotators."""

    port: int
    number: int
    tokens: list[str]

    def measure(self, seconds: float) -> tuple[list[Tally], float]:
        """Let all annotators work at once for `seconds`. Returns their tallies and the seconds that it took."""
        tallies = [Tally() for _ in self.tokens]
        start = threading.Barrier(len(self.tokens) + 1)
        threads = [
            threading.Thread(target=_annotate, args=(Client(self.port, token), self.number, seconds, tally, start))
            for token, tally in zip(self.tokens, tallies, strict=True)
        ]
        for thread in threads:
            thread.start()
        start.wait()
        began = time.monotonic()
        for thread in threads:
            thread.join()
        return tallies, time.monotonic() - began


@contextmanager
def label_studio(
    program: Path, *, database: str, port: int, annotators: int, cases: int, overlap: int
) -> Iterator[Project]:
    """Run a server on the empty `database` (a URL), with one project. Raises SystemExit if it does not start."""
    token = secrets.token_hex(20)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        lead_account = ("--username", "lead@example.org", "--password", "benchmark-password-1", "--user-token", token)
        process = subprocess.Popen(
            [program, "start", "--no-browser", "--port", str(port), "--enable-legacy-api-token", *lead_account],
            env={**os.environ, **_environment(database, folder)},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(port, process, Path(log.name))
            lead = Client(port, token)
            number = _make_project(lead, cases, overlap)
            yield Project(port, number, _make_people(lead, annotators, database))
        finally:
            process.terminate()
            process.wait()


def _environment(database: str, folder: str) -> dict[str, str]:
    url = urlsplit(database)
    return {
        "DJANGO_DB": "default",
        "POSTGRE_NAME": url.path.lstrip("/"),
        "POSTGRE_USER": unquote(url.username or ""),
        "POSTGRE_PASSWORD": unquote(url.password or ""),
        "POSTGRE_HOST": url.hostname or "127.0.0.1",
        "POSTGRE_PORT": str(url.port or 5432),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_BASE_DATA_DIR": folder,
    }


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(_STEP_S)
    raise SystemExit(f"Label Studio did not start within {_START_S} s:\n{log.read_text(errors='replace')[-2000:]}")


def _make_project(lead: Client, cases: int, overlap: int) -> int:
    made = {"title": "bench", "label_config": _CONFIG, "maximum_annotations": overlap}
    project: int = lead.send("POST", "/api/projects", made, expect=201)["id"]
    texts = {
        "prompt": "Write of tea in 50 words. " * 5,
        "left": "Tea is a drink. " * 40,
        "right": "A cup of tea. " * 40,
    }
    for first in range(0, cases, _BATCH):
        tasks = [{**texts, "number": number} for number in range(first, min(first + _BATCH, cases))]
        lead.send("POST", f"/api/projects/{project}/import", tasks, expect=201)
    return project


def _make_people(lead: Client, number: int, database: str) -> list[str]:
    for place in range(number):
        name = f"annotator-{place}"
        lead.send("POST", "/api/users/", {"email": f"{name}@example.org", "username": name}, expect=201)
    with psycopg.connect(database) as connection:
        return [token for (token,) in connection.execute(_TOKENS)]


def _annotate(client: Client, project: int, seconds: float, tally: Tally, start: threading.Barrier) -> None:
    start.wait()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        began = time.perf_counter()
        task = client.send("GET", f"/api/projects/{project}/next")["id"]
        arrived = time.perf_counter()
        client.send("POST", f"/api/tasks/{task}/annotations/?project={project}", _ANNOTATION, expect=201)
        tally.following.append(arrived - began)
        tally.submit.append(time.perf_counter() - arrived)
