"""`make bench-case-page`: what one annotator waits for on the case page, in real Chromium against the real server.

A page is usable as soon as the annotation answers its key (`h` ticks "helped"); it is timed from when it was asked for.
The first visit is made in a new browser profile, revisit and next case in the same one. Bytes are those on the wire,
headers and compression included. Then answers of 100 kB each, from the click until the browser has drawn the view.
"""

import argparse
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.server import web_server
from tests.web.browser.chromium import CHROMIUM, QUIET

CASES = 300
LONG = 100_000  # characters of one answer
TICKED = "label => document.querySelector(`[name=label][value=${label}]`)?.checked"
# Each time another label: the one before may be ticked already, as its draft was saved.
LABELS = itertools.cycle([("h", "helped"), ("u", "hurt"), ("n", "no_difference")])
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SAVED_MS = 1_500
"""Until a label is saved as a draft: a page that was made before would be older than it, and refuse to submit."""


@dataclass
class Traffic:
    """What went over the wire since the last `clear`."""

    requests: int = 0
    bytes: float = 0
    _skipped: set[str] = field(default_factory=set)

    def clear(self) -> None:
        self.requests, self.bytes = 0, 0

    def watch(self, context: BrowserContext, page: Page) -> None:
        """Count from now on; the draft that the key sends is no part of the page and is left out."""
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._received)
        session.on("Network.requestServedFromCache", lambda event: self._skipped.add(event["requestId"]))
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.requestWillBeSent", self._on_request)

    def _on_request(self, event: dict[str, Any]) -> None:
        if event["request"]["method"] == "POST":
            self._skipped.add(event["requestId"])

    def _received(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._skipped and not event["response"].get("fromDiskCache"):
            self.requests += 1

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._skipped:
            self.bytes += event["encodedDataLength"]


def prepare() -> tuple[str, int]:
    """The study; the session of its annotator, and the case that they hold."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    from annotator.studies.models import Membership
    from annotator.studies.services import case_next, member_add
    from benchmarks.study_rows import make_study

    call_command("migrate", verbosity=0)
    study = make_study(slug="bench", cases=CASES, overlap=2, blind=False)
    alice = User.objects.create(username="alice")
    member_add(study=study, user=alice, role=Membership.Role.ANNOTATOR)
    held = case_next(study=study, annotator=alice)
    client = Client()
    client.force_login(alice)
    return client.cookies["sessionid"].value, held.case_id


def lengthen(case_id: int, *, alike: bool) -> None:
    """Give the two answers 100 kB each: one with each twentieth word of the other changed, or two of their own.

    The first constraint of both is violated in 500 places.
    """
    from annotator.runs.models import Verdict
    from annotator.studies.models import Case

    rng = random.Random(case_id)
    case = Case.objects.select_related("first", "second").get(pk=case_id)
    left = prose(rng)
    right = " ".join("changed" if rng.random() < 0.05 else word for word in left.split(" ")) if alike else prose(rng)
    spans = [[start, start + 1] for start in range(0, LONG, LONG // 500)]
    for generation, answer in ((case.first, left), (case.second, right)):
        type(generation).objects.filter(pk=generation.pk).update(answer=answer)
        shown = {"obeyed": False, "observed": "500", "required": "none", "spans": spans, "note": ""}
        Verdict.objects.filter(generation=generation, constraint__position=0, scope=Verdict.Scope.ANSWER).update(
            evidence={"strict": shown, "loose": shown}, strict=False, loose=False
        )


def prose(rng: random.Random) -> str:
    """Words as often as in real prose: few often, many seldom."""
    words = [f"{rng.choice('bcdfglmnprst')}{rng.choice('aeiou')}{n}" for n in range(4000)]
    chosen = rng.choices(words, weights=[1 / (n + 1) for n in range(4000)], k=LONG // 3)
    return " ".join(chosen)[:LONG]


def arrive(browser: Browser, address: str, session: str) -> tuple[BrowserContext, Page, Traffic]:
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = context.new_page()
    traffic = Traffic()
    traffic.watch(context, page)
    return context, page, traffic


def until_usable(page: Page, address: str) -> float:
    """Milliseconds from asking for the page until the key of a label ticks it."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    tick(page)
    return (time.perf_counter() - began) * 1000


def tick(page: Page) -> None:
    """Press the key of a label until it is ticked."""
    key, label = next(LABELS)
    while not page.evaluate(TICKED, label):
        page.keyboard.press(key)


def until_next(page: Page) -> float:
    """Milliseconds from the click until the annotation of the next case answers its key."""
    here = page.url
    began = time.perf_counter()
    page.keyboard.press("Enter")
    page.wait_for_function("here => location.href !== here", arg=here, polling=5)
    tick(page)
    return (time.perf_counter() - began) * 1000


def until_drawn(page: Page, view: str, ready: str) -> float:
    """Milliseconds from the click on a view until it stands there and two frames have been drawn."""
    began = time.perf_counter()
    page.click(f"[data-shows={view}]")
    page.wait_for_selector(ready, timeout=60_000)
    page.evaluate(DRAWN)
    return (time.perf_counter() - began) * 1000


def measure_visits(
    browser: Browser, address: str, session: str, case_id: int, rounds: int
) -> tuple[dict[str, Any], str]:
    """The figures, and the address of the case that is in hand at the end."""
    found: dict[str, list[float]] = {"first": [], "revisit": [], "next": [], "next_at_once": []}
    weights: dict[str, Any] = {}
    path = f"{address}/cases/{case_id}/"
    for _ in range(rounds):
        context, page, traffic = arrive(browser, address, session)
        found["first"].append(until_usable(page, path))
        page.wait_for_load_state("networkidle")
        weights |= {"first_requests": traffic.requests, "first_kb": round(traffic.bytes / 1000, 1)}
        page.wait_for_timeout(SAVED_MS)
        traffic.clear()
        found["revisit"].append(until_usable(page, path))
        page.wait_for_load_state("networkidle")
        weights |= {"revisit_requests": traffic.requests, "revisit_kb": round(traffic.bytes / 1000, 1)}
        page.wait_for_timeout(2500)  # as somebody reads: the next case is fetched meanwhile
        found["next"].append(until_next(page))
        found["next_at_once"].append(until_next(page))
        path = page.url
        page.wait_for_timeout(SAVED_MS)
        context.close()
    return weights | {f"{name}_usable_ms": spread(values) for name, values in found.items()}, path


def measure_long(browser: Browser, address: str, session: str, path: str, rounds: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {}
    case_id = int(path.rstrip("/").rpartition("/")[2])
    for alike in (True, False):
        lengthen(case_id, alike=alike)
        kind = "alike" if alike else "unlike"
        for _ in range(rounds):
            context, page, _ = arrive(browser, address, session)
            usable = until_usable(page, path)
            found.setdefault(f"{kind}_usable", []).append(usable)
            views = {
                "plain": "[data-shows=plain][aria-pressed=true]",
                "diff": ".diff[data-view-of=right] mark" if alike else ".diff mark, #view-notice:not([hidden])",
                "evidence": "[data-shows=evidence][aria-pressed=true]",
                "markdown": ".markdown[data-view-of=right]",
            }
            for view, ready in views.items():
                found.setdefault(f"{kind}_{view}", []).append(until_drawn(page, view, ready))
            context.close()
    return {f"100kb_{name}_ms": spread(values) for name, values in found.items()}


def spread(values: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values)), "most": round(max(values))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=8792)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's event loop in this thread is none of Django's
        os.environ["VAR_DIR"] = folder
        os.environ["SECRET_KEY"] = uuid.uuid4().hex * 2
        session, case_id = prepare()
        with web_server(options.port) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            arrive_and_leave(browser, address, session, case_id)
            figures, in_hand = measure_visits(browser, address, session, case_id, options.rounds)
            figures |= measure_long(browser, address, session, in_hand, options.rounds)
            browser.close()
    for name, value in figures.items():
        print(f"{name:>26}  {value}")
    print(json.dumps(figures))


def arrive_and_leave(browser: Browser, address: str, session: str, case_id: int) -> None:
    """Each process of the server has answered once before anything is measured."""
    for _ in range(4):
        context, page, _ = arrive(browser, address, session)
        page.goto(f"{address}/cases/{case_id}/")
        context.close()


if __name__ == "__main__":
    main()
