"""Annotators who submit without pause while the web server or the database is killed under them.

Each does what the page's outbox does: a submission that was not confirmed is sent once more under the same key.
"""

import http.client
import os
import signal
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psutil

from annotator.operations.serving import server_arguments
from benchmarks.annotate import Browser, hidden_in, token_in
from tests.faults.fleet import Fleet
from tests.processes import eventually, free_port

LABELS = ("helped", "hurt", "no_difference", "cant_tell")
CONFIRMED = (200, 302)
_PREPARE = """
from django.contrib.auth.models import User
from django.test import Client
from annotator.studies.services import member_add
from benchmarks.study_rows import make_study
study = make_study(slug="submits", cases={cases}, overlap=2, blind=False)
for number in range({people}):
    user = User.objects.create_user(f"annotator-{{number}}")
    member_add(study=study, user=user, role="annotator")
    client = Client()
    client.force_login(user)
    print("session", client.cookies["sessionid"].value)
"""


@dataclass
class Sent:
    """The submissions of all annotators by key: those that were confirmed, sent twice, refused, or never answered."""

    keys: list[UUID] = field(default_factory=list)
    confirmed: set[UUID] = field(default_factory=set)
    repeated: set[UUID] = field(default_factory=set)
    refused: dict[UUID, int] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class WebServer:
    """The web server as `make web` starts it; killed and started again."""

    def __init__(self, fleet: Fleet) -> None:
        self.port = free_port()
        self._fleet = fleet
        self.start()

    def start(self) -> None:
        self._process = self._fleet.spawn(server_arguments("127.0.0.1", self.port), DEBUG="1")
        assert eventually(self.answers, 60), self._fleet.output()[-3000:]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill_a_process(self) -> bool:
        """SIGKILL one of the processes that answer; gunicorn starts another one."""
        children = psutil.Process(self._process.pid).children()
        if children:
            children[0].send_signal(signal.SIGKILL)
        return bool(children)

    def kill(self) -> bool:
        """SIGKILL everything, as a power cut does, and start it again."""
        processes = [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children()]
        for process in processes:
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        self._process.wait()
        self.start()
        return True


def submit_under_kills(
    fleet: Fleet, *, submits: int, people: int, kills: Sequence[tuple[str, Callable[[WebServer], bool]]]
) -> Sent:
    """Submit `submits` annotations while each of `kills` happens in turn, evenly spread; return what was sent."""
    printed = fleet.python(_PREPARE.format(cases=submits, people=people))
    sessions = [line.split()[1] for line in printed.splitlines() if line.startswith("session ")]
    server, sent = WebServer(fleet), Sent()
    left = threading.Semaphore(submits)
    threads = [threading.Thread(target=_annotate, args=(server, session, sent, left)) for session in sessions]
    for thread in threads:
        thread.start()
    for number, (name, kill) in enumerate(kills, 1):
        aim = number * submits // (len(kills) + 1)
        eventually(lambda aim=aim: len(sent.confirmed) >= aim or not any(t.is_alive() for t in threads), 300)  # type: ignore[misc]
        sent.kills[name] += eventually(lambda kill=kill: kill(server), 10)  # type: ignore[misc]
    for thread in threads:
        thread.join()
    return sent


def stored_keys(fleet: Fleet) -> Counter[UUID]:
    """How many annotations each key has."""
    return Counter(UUID(str(key)) for (key,) in fleet.rows("select submission_key from studies_annotation"))


def requires_nothing_lost(fleet: Fleet, sent: Sent) -> None:
    """Assert that every confirmed submission is stored, none twice, and that nobody has two on one case."""
    stored = stored_keys(fleet)
    assert sent.errors == []
    assert sent.confirmed - set(stored) == set(), "confirmed and lost"
    assert set(stored) <= set(sent.keys)
    assert [key for key, n in stored.items() if n > 1] == []
    assert fleet.rows("select count(*) from studies_annotation where revision > 1") == [(0,)]
    unconfirmed = set(sent.keys) - sent.confirmed - set(sent.refused)
    assert unconfirmed == set(), "sent again under the same key, each was confirmed"


def figures(fleet: Fleet, sent: Sent) -> dict[str, Any]:
    """The counts of one run, for a benchmark."""
    stored = stored_keys(fleet)
    return {
        "submits": len(sent.keys),
        "confirmed": len(sent.confirmed),
        "sent_twice": len(sent.repeated),
        "refused": len(sent.refused),
        "kills": dict(sent.kills),
        "stored": stored.total(),
        "lost": len(sent.confirmed - set(stored)),
        "stored_twice": sum(n > 1 for n in stored.values()),
        "errors": len(sent.errors),
    }


def _annotate(server: WebServer, session: str, sent: Sent, left: threading.Semaphore) -> None:
    try:
        _submit_all(server, session, sent, left)
    except Exception as error:  # noqa: BLE001  # of whatever kind: the test asserts that there is none
        sent.errors.append(repr(error))


def _submit_all(server: WebServer, session: str, sent: Sent, left: threading.Semaphore) -> None:
    browser = Browser(server.port)
    browser._cookies["sessionid"] = session
    turn = 0
    while left.acquire(blocking=False):
        address, page = _next_case(server, browser)
        if not address.startswith("/cases/"):
            return
        turn += 1
        form = {
            "csrfmiddlewaretoken": token_in(page),
            "submission_key": str(uuid.uuid4()),
            "base_revision": hidden_in(page, "base_revision"),
            "label": LABELS[turn % len(LABELS)],
            "note": f"Note {turn}.",
        }
        _submit(server, browser, f"{address}submit/", form, sent)


def _submit(server: WebServer, browser: Browser, path: str, form: dict[str, str], sent: Sent) -> None:
    """Send it, and once more under the same key if it was not confirmed; again where a second kill came between."""
    key = UUID(form["submission_key"])
    with sent.lock:
        sent.keys.append(key)
    for attempt in range(4):
        status = _status(browser, path, form)
        if status in CONFIRMED:
            with sent.lock:
                sent.confirmed.add(key)
            return
        if status is not None and status < 500:
            with sent.lock:
                sent.refused[key] = status
            return
        with sent.lock:
            sent.repeated.add(key)
        assert eventually(server.answers, 60), f"away for a minute after attempt {attempt + 1}"


def _status(browser: Browser, path: str, form: dict[str, str]) -> int | None:
    """The status of the answer, None where the connection broke before there was one."""
    try:
        return browser.send("POST", path, form)[0]
    except (OSError, http.client.HTTPException):
        browser.rest()
        return None


def _next_case(server: WebServer, browser: Browser) -> tuple[str, str]:
    """The address and page of the case that the annotator holds now; asked for until there is an answer."""
    for _ in range(6):
        with suppress(OSError, http.client.HTTPException, TypeError):  # TypeError: an error page has no token
            _, _, page = browser.send("GET", "/studies/submits/")
            status, location, _ = browser.send(
                "POST", "/studies/submits/next/", {"csrfmiddlewaretoken": token_in(page)}
            )
            if status == 302:
                shown, _, page = browser.send("GET", location)
                if shown == 200:
                    return location, page
        browser.rest()
        eventually(server.answers, 60)
    raise AssertionError(f"no page in six attempts: {sys.exc_info()[1]!r}")
