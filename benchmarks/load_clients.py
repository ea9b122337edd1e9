"""Clients of the load benchmark: annotators with the requests of their browsers, and users of REST.

A browser's requests are those of the page's scripts: files of the page once, the blind choice, two saved drafts, the
prefetched next case, a heartbeat a minute, now and then the difference view, and the submission with the time in view.
"""

import http.client
import json
import random
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from benchmarks.annotate import LABELS, PASSWORD, Browser, hidden_in, token_in

_HEARTBEAT_S = 60.0
_STATIC = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_VERSION = re.compile(r'data-version="(\d+)"')
_ASSIGNMENT = "Cotrast-Prefetched"


@dataclass
class Record:
    """What the clients met: seconds by kind of request, errors in words, and each confirmed label."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    confirmed: list[tuple[str, int, str]] = field(default_factory=list)
    """(name of the annotator, case, label)"""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def timed(self, kind: str, seconds: float) -> None:
        with self.lock:
            self.seconds[kind].append(seconds)

    def failed(self, sentence: str) -> None:
        with self.lock:
            self.errors.append(sentence)


class Connection(Browser):
    """A client that records every request."""

    def __init__(self, port: int, record: Record) -> None:
        super().__init__(port)
        self._record = record

    def ask(
        self, kind: str, method: str, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, str, str]:
        """Send a request on a connection of its own and return (status, Location, text). Status 0 is no answer."""
        usual = self._headers
        self._headers = {**usual, **headers}
        began = time.perf_counter()
        try:
            status, location, text = self.send(method, path, form)
        except (OSError, http.client.HTTPException) as error:
            self._record.failed(f"{kind}: {error!r}")
            return 0, "", ""
        finally:
            self._headers = usual
            self.rest()
        self._record.timed(kind, time.perf_counter() - began)
        if status >= 400:
            self._record.failed(f"{kind}: {status}: {re.sub('<[^>]+>', ' ', text)[:200].strip()}")
        return status, location, text


class Annotator:
    """One annotator at a browser, who reads each case for about `think_s` seconds."""

    def __init__(self, port: int, name: str, record: Record, think_s: float) -> None:
        self._browser = Connection(port, record)
        self._name, self._record, self._think_s = name, record, think_s
        self._random = random.Random(name)
        self._cached: set[str] = set()
        self._beat_at = 0.0

    def work(self, ended: threading.Event) -> None:
        """Log in, open a case, and submit one after the other until `ended`."""
        ended.wait(self._random.uniform(0, self._think_s))
        address, page = self._begin()
        while address and page and not ended.is_set():
            address, page = self._case(address, page, ended)

    def _begin(self) -> tuple[str, str]:
        ask = self._browser.ask
        _, _, page = ask("page", "GET", "/login/")
        self._files(page)
        if not page:
            return "", ""
        form = {"username": self._name, "password": PASSWORD, "csrfmiddlewaretoken": token_in(page)}
        ask("login", "POST", "/login/", form)
        _, _, page = ask("page", "GET", "/studies/load/")
        self._files(page)
        if not page:
            return "", ""
        _, address, _ = ask("next", "POST", "/studies/load/next/", {"csrfmiddlewaretoken": token_in(page)})
        _, _, page = ask("case", "GET", address) if address.startswith("/cases/") else (0, "", "")
        self._files(page)
        return address, page

    def _case(self, address: str, page: str, ended: threading.Event) -> tuple[str, str]:
        """Read, choose, type, and submit one case; return the next one."""
        ask = self._browser.ask
        prefetched, following = self._prefetch(page, ended)
        shown_at = time.monotonic()
        ended.wait(self._pause(0.5))
        if self._random.random() < 0.2:
            ask("difference", "GET", f"{address}diff/")
        if f'action="{address}choose/"' in page:
            form = {"choice": self._random.choice(["left", "same", "right"]), "csrfmiddlewaretoken": token_in(page)}
            status, _, page = ask("choose", "POST", f"{address}choose/", form, **{"Cotrast-Swaps": "yes"})
            if status != 200:
                return "", ""
        form = {
            "csrfmiddlewaretoken": token_in(page),
            "submission_key": hidden_in(page, "submission_key"),
            "base_revision": hidden_in(page, "base_revision"),
            "label": self._random.choice(LABELS),
            "patterns": f"pattern-{self._random.randint(1, 6)}",
            "note": "",
        }
        self._draft(address, page, form, ended)
        self._heartbeat(address, form)
        form["seconds"] = str(int(time.monotonic() - shown_at))
        headers = {"Cotrast-Swaps": "yes", **({_ASSIGNMENT: prefetched} if prefetched else {})}
        status, location, text = ask("submit", "POST", f"{address}submit/", form, **headers)
        if status not in (200, 302):
            return "", ""
        with self._record.lock:
            self._record.confirmed.append((self._name, int(address.strip("/").split("/")[-1]), form["label"]))
        if text.startswith("{"):
            return json.loads(text)["next"], following
        return (location, text) if status == 200 and location.startswith("/cases/") else ("", "")

    def _prefetch(self, page: str, ended: threading.Event) -> tuple[str, str]:
        ended.wait(min(1.5, self._think_s / 4))
        form = {"csrfmiddlewaretoken": token_in(page)}
        status, _, following = self._browser.ask("prefetch", "POST", "/studies/load/prefetch/", form)
        return (self._browser.answered[_ASSIGNMENT], following) if status == 200 else ("", "")

    def _draft(self, address: str, page: str, form: dict[str, str], ended: threading.Event) -> None:
        found = _VERSION.search(page)
        version = found[1] if found else "0"
        for note in ("I counted", "I counted the commas twice."):
            ended.wait(self._pause(0.25))
            form["note"] = note
            status, _, text = self._browser.ask("draft", "POST", f"{address}draft/", {**form, "version": version})
            version = str(json.loads(text)["version"]) if status == 200 else version
        form["version"] = version

    def _heartbeat(self, address: str, form: dict[str, str]) -> None:
        if time.monotonic() - self._beat_at > _HEARTBEAT_S:
            self._beat_at = time.monotonic()
            token = {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]}
            self._browser.ask("heartbeat", "POST", f"{address}renew/", token)

    def _files(self, page: str) -> None:
        """Fetch the files of a page that this browser has not fetched yet."""
        for path in _STATIC.findall(page):
            if path not in self._cached:
                self._cached.add(path)
                self._browser.ask("file", "GET", path)

    def _pause(self, share: float) -> float:
        return self._random.expovariate(1 / (self._think_s * share)) if self._think_s else 0.0


class ApiUser:
    """One program that reads over REST, about once in `pause_s` seconds; a lead may read more than an annotator."""

    def __init__(self, port: int, number: int, token: str, leads: bool, record: Record, pause_s: float) -> None:
        self._client = Connection(port, record)
        self._headers = {"Authorization": f"Token {token}"}
        self._random = random.Random(number)
        self._leads, self._pause_s = leads, pause_s

    def work(self, ended: threading.Event) -> None:
        ended.wait(self._random.uniform(0, self._pause_s))
        while not ended.is_set():
            kind, path = self._wanted()
            self._client.ask(f"api {kind}", "GET", f"/api/v1/{path}", None, **self._headers)
            ended.wait(self._random.expovariate(1 / self._pause_s))

    def _wanted(self) -> tuple[str, str]:
        study = "studies/load/"
        everybody = [
            ("studies", "studies/"),
            ("progress", f"{study}progress/"),
            ("own", f"{study}annotations/?limit=50"),
        ]
        leads = [
            ("cases", f"{study}cases/?limit=50&after={self._random.randrange(1, 500)}"),
            ("runs", "runs/"),
            ("members", f"{study}members/"),
            ("flags", f"{study}flags/"),
        ]
        return self._random.choice([*everybody, *leads] if self._leads else everybody)
