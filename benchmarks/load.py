"""`make bench-load`: 50 browsers and 200 users of REST for ten minutes, and what became of every label.

Browsers send what the page's scripts send (benchmarks/load_clients.py), programs read lists over REST, and a lead
exports all annotations once a minute. Clients and server share the machine. DATABASE_URL names a PostgreSQL server, on
which a database is made and dropped; without it a new SQLite file is used. The last line is one JSON object: `lost`
counts confirmed labels that the export has not, `rss_mb` the resident memory of all web processes at the start, in the
middle and at the end.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.annotate import PASSWORD
from benchmarks.databases import empty_database, is_postgresql
from benchmarks.load_clients import Annotator, ApiUser, Connection, Record
from benchmarks.server import web_server

_EXPORT_EVERY_S = 60.0
_WARM_S = 5.0


def prepare(cases: int, browsers: int, programs: int) -> list[str]:
    """Make the study with its annotators, and tokens for the programs, of which every fourth is a lead's."""
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    from annotator.accounts.services import token_issue
    from annotator.studies.models import Membership
    from annotator.studies.services import member_add
    from benchmarks.study_rows import make_study

    call_command("migrate", verbosity=0)
    study = make_study(slug="load", cases=cases, overlap=2, blind=True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    password = make_password(PASSWORD)
    names = [f"annotator-{number}" for number in range(browsers)]
    tokens = []
    for user in User.objects.bulk_create([User(username=name, password=password) for name in names]):
        member_add(study=study, user=user, role=Membership.Role.ANNOTATOR)
    for number in range(programs):
        role = Membership.Role.LEAD if number % 4 == 0 else Membership.Role.ANNOTATOR
        user = User.objects.create(username=f"program-{number}", password=password)
        member_add(study=study, user=user, role=role)
        tokens.append(token_issue(user=user).text)
    return tokens


def resident_mb() -> list[float]:
    """The resident memory of each web process: those that this process has started, and theirs."""
    processes = psutil.Process().children(recursive=True)
    found = [process.memory_info().rss for process in processes if "gunicorn" in " ".join(process.cmdline())]
    return [round(rss / 2**20, 1) for rss in found]


def export_regularly(port: int, token: str, record: Record, ended: threading.Event) -> None:
    """Read the whole export once a minute, as a lead's program does."""
    client = Connection(port, record)
    while not ended.wait(_EXPORT_EVERY_S):
        client.ask("api export", "GET", "/api/v1/studies/load/annotations.jsonl", Authorization=f"Token {token}")


def measure(port: int, options: argparse.Namespace, tokens: Sequence[str], record: Record) -> list[list[float]]:
    """Let everybody work for the time; return the memory at the start, in the middle and at the end."""
    ended = threading.Event()
    clients = [Annotator(port, f"annotator-{n}", record, options.think) for n in range(options.browsers)]
    programs = [ApiUser(port, n, token, n % 4 == 0, record, options.pause) for n, token in enumerate(tokens)]
    threads = [threading.Thread(target=client.work, args=(ended,), daemon=True) for client in (*clients, *programs)]
    if tokens:
        exporting = (port, tokens[0], record, ended)
        threads.append(threading.Thread(target=export_regularly, args=exporting, daemon=True))
    for thread in threads:
        thread.start()
    memory = []
    for wait_s in (_WARM_S, options.seconds / 2 - _WARM_S, options.seconds / 2):
        time.sleep(max(0.0, wait_s))
        memory.append(resident_mb())
    ended.set()
    for thread in threads:
        thread.join(timeout=90)
    if any(thread.is_alive() for thread in threads):
        record.failed("a client still waits for an answer after 90 s")
    return memory


def lost(port: int, token: str, record: Record) -> int:
    """How many confirmed labels the export lacks, read over REST as everybody reads it."""
    from annotator.studies.models import Membership

    client = Connection(port, record)
    address = "/api/v1/studies/load/annotations.jsonl"
    status, _, text = client.ask("last export", "GET", address, Authorization=f"Token {token}")
    if status != 200:
        return len(record.confirmed)
    rows = [json.loads(line) for line in text.splitlines()]
    exported = {(row["annotator"], row["case"], row["label"]) for row in rows}
    pseudonyms = dict(Membership.objects.values_list("user__username", "pseudonym"))
    return sum((pseudonyms[name], case, label) not in exported for name, case, label in record.confirmed)


def latencies(record: Record) -> dict[str, dict[str, float]]:
    """Count, median and 95th percentile of each kind of request, in ms."""
    found = {}
    for kind, seconds in sorted(record.seconds.items()):
        p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
        found[kind] = {
            "n": len(seconds),
            "p50_ms": round(statistics.median(seconds) * 1000, 1),
            "p95_ms": round(p95 * 1000, 1),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browsers", type=int, default=50)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--think", type=float, default=8, help="seconds that a person looks at a case, on average")
    parser.add_argument("--pause", type=float, default=10, help="seconds between two requests of a program, on average")
    parser.add_argument("--port", type=int, default=8793)
    options = parser.parse_args()
    server = os.environ.get("DATABASE_URL", "")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ |= {"VAR_DIR": folder, "SECRET_KEY": uuid.uuid4().hex * 2, "LOG_LEVEL": "WARNING"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        if is_postgresql(server):
            os.environ["DATABASE_URL"] = stack.enter_context(empty_database(server))
        else:
            os.environ.pop("DATABASE_URL", None)
        record = Record()
        tokens = prepare(options.cases, options.browsers, options.programs)
        stack.callback(_disconnect)
        stack.enter_context(web_server(options.port))
        memory = measure(options.port, options, tokens, record)
        missing = lost(options.port, tokens[0], record) if tokens else None
        found = figures(options, record, memory, missing, "postgresql" if is_postgresql(server) else "sqlite")
    report(found, record)
    if found["errors"] or found["lost"]:
        raise SystemExit(1)


def _disconnect() -> None:
    from django.db import connection

    connection.close()


def figures(
    options: argparse.Namespace, record: Record, memory: list[list[float]], missing: int | None, database: str
) -> dict[str, Any]:
    kinds = latencies(record)
    requests = sum(kind["n"] for kind in kinds.values())
    return {
        "database": database,
        "browsers": options.browsers,
        "programs": options.programs,
        "seconds": options.seconds,
        "requests": requests,
        "requests_per_s": round(requests / options.seconds, 1),
        "labels": len(record.confirmed),
        "errors": len(record.errors),
        "lost": missing,
        "rss_mb": memory,
        "kinds": kinds,
    }


def report(found: dict[str, Any], record: Record) -> None:
    """Print the errors, a line for each kind of request, and the figures as JSON."""
    for sentence in sorted(set(record.errors))[:20]:
        print(sentence)
    for kind, row in found["kinds"].items():
        print(f"{kind:>14}  {row['n']:7}  p50 {row['p50_ms']:9.1f} ms  p95 {row['p95_ms']:9.1f} ms")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
