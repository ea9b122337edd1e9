"""Many annotators at once against the real server, client and server on the same cores.

Each annotator does what a browser does: one POST submits an annotation, and its answer is the page of the next case.
That is a cycle. A browser without scripts is redirected and fetches the page: two requests (`--without-script`), each
timed. Afterwards the rows are checked for lost and double annotations. `make bench-annotate` runs this beside Label
Studio (`benchmarks/side_by_side.py`). DATABASE_URL names a PostgreSQL database, which is emptied; the default is a new
SQLite file.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.server import web_server

PASSWORD = "benchmark-password-1"  # noqa: S105 - of accounts that exist for one benchmark
LABELS = ("helped", "hurt", "no_difference")


@dataclass
class Tally:
    """One annotator's seconds until each annotation was stored, until each next case came, and errors."""

    submit: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ran_out: bool = False


@dataclass(frozen=True)
class Work:
    """How long the annotators work, with or without the blind step and the script."""

    seconds: float
    blind: bool
    script: bool


class Browser:
    """One annotator's connection, kept alive, with cookies."""

    def __init__(self, port: int, *, script: bool = False) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._headers = {"Accept-Encoding": "identity"} | ({"Cotrast-Swaps": "yes"} if script else {})
        self.answered: dict[str, str] = {}  # the headers of the last answer

    def rest(self) -> None:
        """Close the connection; the next request opens a new one, as in a browser whose server has closed it."""
        self._connection.close()

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Send a request; returns (status, Location or Content-Location, body). Redirects are not followed."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items()), **self._headers}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        self.answered = dict(response.getheaders())
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return response.status, response.getheader("Location") or response.getheader("Content-Location") or "", text


def token_in(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]  # type: ignore[index]


def hidden_in(page: str, name: str) -> str:
    return re.search(rf'name="{name}"\s+value="([^"]*)"', page)[1]  # type: ignore[index]


def annotate(browser: Browser, name: str, work: Work, tally: Tally, start: threading.Barrier) -> None:
    """Log in, open a case, wait at the barrier, then submit and open the next until the time or the cases run out."""
    _, _, page = browser.send("GET", "/login/")
    browser.send("POST", "/login/", {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token_in(page)})
    _, _, page = browser.send("GET", "/studies/bench/")
    _, location, _ = browser.send("POST", "/studies/bench/next/", {"csrfmiddlewaretoken": token_in(page)})
    _, _, page = browser.send("GET", location)
    browser.rest()
    start.wait()
    deadline, turn = time.monotonic() + work.seconds, 0
    while time.monotonic() < deadline:
        if work.blind:
            form = {"choice": "left", "csrfmiddlewaretoken": token_in(page)}
            _, location, page = _followed(browser, *browser.send("POST", f"{location}choose/", form))
        form = {
            "csrfmiddlewaretoken": token_in(page),
            "submission_key": str(uuid.uuid4()),
            "base_revision": hidden_in(page, "base_revision"),
            "label": LABELS[turn % 3],
            "patterns": f"pattern-{turn % 6 + 1}",
            "note": "A note of some words.",
        }
        began = time.perf_counter()
        answer = browser.send("POST", f"{location}submit/", form)
        answered = time.perf_counter()
        if answer[0] not in (200, 302):
            tally.errors.append(f"submit: {answer[0]}: {re.sub('<[^>]+>', ' ', answer[2])[:300]}")
            return
        tally.submit.append(answered - began)
        if not answer[1].startswith("/cases/"):
            tally.ran_out = True
            return
        status, location, page = _followed(browser, *answer)
        if status != 200:
            tally.errors.append(f"page: {status}")
            return
        # With a script the next case comes with the answer, so both took the same time.
        tally.page.append(time.perf_counter() - answered if answer[0] == 302 else answered - began)
        turn += 1


def annotate_safely(browser: Browser, name: str, work: Work, tally: Tally, start: threading.Barrier) -> None:
    """Annotate, and record a broken connection as an error."""
    try:
        annotate(browser, name, work, tally, start)
    except (OSError, http.client.HTTPException) as error:
        tally.errors.append(repr(error))


def _followed(browser: Browser, status: int, location: str, page: str) -> tuple[int, str, str]:
    if status != 302:
        return status, location, page
    status, _, page = browser.send("GET", location)
    return status, location, page


def measure(port: int, people: list[str], work: Work) -> tuple[list[Tally], float]:
    tallies = [Tally() for _ in people]
    start = threading.Barrier(len(people) + 1, timeout=120)
    threads = [
        threading.Thread(
            target=annotate_safely,
            args=(Browser(port, script=work.script), name, work, tally, start),
            daemon=True,
        )
        for name, tally in zip(people, tallies, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    return tallies, time.monotonic() - began


def prepare(cases: int, overlap: int, people: list[str], blind: bool) -> None:
    """Empty the tables and create the study with its annotators."""
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    from annotator.studies.models import Membership
    from annotator.studies.services import member_add
    from benchmarks.study_rows import make_study

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    study = make_study(slug="bench", cases=cases, overlap=overlap, blind=blind)
    if connection.vendor == "postgresql":  # which autovacuum does within a minute
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    password = make_password(PASSWORD)
    for user in User.objects.bulk_create([User(username=name, password=password) for name in people]):
        member_add(study=study, user=user, role=Membership.Role.ANNOTATOR)


def faults(tallies: list[Tally], overlap: int) -> dict[str, int]:
    """Count faults in the rows: lost annotations, annotators on a case twice, cases above their overlap."""
    from django.db.models import Count, Q

    from annotator.studies.models import Annotation, Assignment, Case

    accepted = sum(len(t.submit) for t in tallies)
    taking = Q(assignments__status__in=[Assignment.Status.SUBMITTED, Assignment.Status.HELD])
    above = Case.objects.annotate(n=Count("assignments", filter=taking)).filter(n__gt=overlap).count()
    twice = Assignment.objects.values("case", "annotator").annotate(n=Count("pk")).filter(n__gt=1).count()
    return {
        "errors": sum(len(t.errors) for t in tallies),
        "lost": accepted - Annotation.objects.count(),
        "double_assigned": twice,
        "above_overlap": above,
    }


def unevenness(tallies: list[Tally]) -> float:
    """The longest mean waiting time of an annotator over the shortest."""
    waits = [statistics.fmean(tally.submit) for tally in tallies if tally.submit]
    return round(max(waits) / min(waits), 1) if waits else 0.0


def p95_ms(seconds: list[float]) -> float:
    return round(statistics.quantiles(seconds, n=20)[-1] * 1000, 1) if len(seconds) > 1 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotators", type=int, default=16)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--overlap", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--port", type=int, default=8791)
    parser.add_argument("--blind", action="store_true", help="with the blind step before each annotation")
    parser.add_argument("--without-script", action="store_true", help="as a browser without scripts: follow redirects")
    options = parser.parse_args()
    work = Work(options.seconds, options.blind, script=not options.without_script)
    people = [f"annotator-{n}" for n in range(options.annotators)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ["VAR_DIR"] = folder
        os.environ["SECRET_KEY"] = uuid.uuid4().hex * 2
        prepare(options.cases, options.overlap, people, options.blind)
        from django.conf import settings

        engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
        with web_server(options.port):
            tallies, elapsed = measure(options.port, people, work)
        cycles = sum(len(t.page) for t in tallies)
        figures = {
            "database": engine,
            "annotators": options.annotators,
            "requests_per_cycle": (1 if work.script else 2) * (2 if work.blind else 1),
            "cases": options.cases,
            "cycles": cycles,
            "cycles_per_s": round(cycles / elapsed, 1),
            "p95_submit_ms": p95_ms([s for t in tallies for s in t.submit]),
            "p95_next_ms": p95_ms([s for t in tallies for s in t.page]),
            "unevenness": unevenness(tallies),
            **faults(tallies, options.overlap),
        }
    for sentence in {error for t in tallies for error in t.errors}:
        print(sentence)
    for name, value in figures.items():
        print(f"{name:>16}  {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
