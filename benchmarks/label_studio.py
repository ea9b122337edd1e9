"""How many annotators does Label Studio serve here? What stands beside `make bench-annotate` on the same machine.

Label Studio runs in an environment of its own, on an empty database (PostgreSQL here):

    python -m venv ENV && ENV/bin/pip install label-studio==1.23.0
    DJANGO_DB=default POSTGRE_NAME=ls POSTGRE_USER=... POSTGRE_HOST=127.0.0.1 COLLECT_ANALYTICS=false \
        ENV/bin/label-studio start --no-browser --port 8787 --enable-legacy-api-token \
        --username lead@example.org --password benchmark-password-1 --user-token TOKEN
    python benchmarks/label_studio.py --token TOKEN --psql "psql -h 127.0.0.1 ls"

The tokens of its annotators are read from its own table: its API gives nobody those of others.
"""

import argparse
import http.client
import json
import shlex
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.annotate import p95_ms

_BATCH = 1000
_CONFIG = """<View>
<Text name="prompt" value="$prompt"/><Text name="left" value="$left"/><Text name="right" value="$right"/>
<Choices name="label" toName="prompt"><Choice value="helped"/><Choice value="hurt"/></Choices>
<TextArea name="note" toName="prompt"/>
</View>"""
_JUDGEMENT = {
    "lead_time": 3,
    "result": [
        {"from_name": "label", "to_name": "prompt", "type": "choices", "value": {"choices": ["hurt"]}},
        {"from_name": "note", "to_name": "prompt", "type": "textarea", "value": {"text": ["A note of some words."]}},
    ],
}
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
    """Seconds that one annotator waited for each next task and for each submission."""

    following: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)


def make_project(lead: Client, cases: int, overlap: int) -> int:
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


def make_people(lead: Client, number: int, psql: str) -> list[str]:
    for each in range(number):
        name = f"annotator-{each}"
        lead.send("POST", "/api/users/", {"email": f"{name}@example.org", "username": name}, expect=201)
    listed = subprocess.run([*shlex.split(psql), "-Atc", _TOKENS], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def annotate(client: Client, project: int, seconds: float, tally: Tally, start: threading.Barrier) -> None:
    start.wait()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        task = client.send("GET", f"/api/projects/{project}/next")["id"]
        given = time.perf_counter()
        client.send("POST", f"/api/tasks/{task}/annotations/?project={project}", _JUDGEMENT, expect=201)
        tally.following.append(given - began)
        tally.submit.append(time.perf_counter() - given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--token", required=True)
    parser.add_argument("--psql", required=True, help="the command that opens its database")
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--annotators", type=int, default=16)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--overlap", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    lead = Client(options.port, options.token)
    project = make_project(lead, options.cases, options.overlap)
    tokens = make_people(lead, options.annotators, options.psql)
    tallies = [Tally() for _ in tokens]
    start = threading.Barrier(len(tokens) + 1)
    threads = [
        threading.Thread(target=annotate, args=(Client(options.port, token), project, options.seconds, tally, start))
        for token, tally in zip(tokens, tallies, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    cycles = sum(len(tally.submit) for tally in tallies)
    figures = {
        "annotators": len(tokens),
        "cases": options.cases,
        "cycles": cycles,
        "cycles_per_s": round(cycles / (time.monotonic() - began), 1),
        "p95_submit_ms": p95_ms([seconds for tally in tallies for seconds in tally.submit]),
        "p95_next_ms": p95_ms([seconds for tally in tallies for seconds in tally.following]),
    }
    for name, value in figures.items():
        print(f"{name:>16}  {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
