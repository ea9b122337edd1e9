"""Debian's Chromium against Django's live server. Each test gets a fresh profile, and the console is recorded."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from annotator.studies.services import member_add
from tests.cast import make_world
from tests.web.browser.chromium import CHROMIUM, QUIET

# Playwright's synchronous API runs an event loop in this thread, which is not one of Django's.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

logger = logging.getLogger(__name__)

PATIENCE_MS = 15_000
"""How long a page may take on a busy machine; only a failing test waits as long."""
expect.set_options(timeout=PATIENCE_MS)

NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
"""Chromium drops what it is loading when any interface of the machine comes or goes, not the server's alone."""

NO_LEAVING = "document.querySelector('form[data-leave]')?.remove()"

UNANSWERED: dict[BrowserContext, set[Request]] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """A person with a browser. `complaints` has console errors, policy violations and uncaught exceptions."""

    page: Page
    context: BrowserContext
    origin: str
    complaints: list[str] = field(default_factory=list)

    def opens(self, path: str) -> Page:
        self.page.goto(self.origin + path)
        if any(NETWORK_CHANGED in complaint for complaint in self.complaints):
            self.complaints[:] = [complaint for complaint in self.complaints if NETWORK_CHANGED not in complaint]
            self.page.goto(self.origin + path)
        return self.page

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def waits_for_saved(self) -> None:
        self.page.wait_for_selector("#saved[data-state=saved]")


@pytest.fixture
def visit(browser: Browser, live_server: Any, client_for: Callable[[User], str]) -> Iterator[Callable[..., Visitor]]:
    """`visit(alice)`: her browser, logged in. Further arguments go to the browser's context."""
    contexts: list[BrowserContext] = []

    def arrive(user: User | None = None, **options: Any) -> Visitor:
        context = browser.new_context(**options)
        contexts.append(context)
        watch(context)
        context.set_default_timeout(PATIENCE_MS)
        context.set_default_navigation_timeout(30_000)  # the first page loads all that the server imports
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": client_for(user), "url": live_server.url}])
        visitor = Visitor(context.new_page(), context, live_server.url)
        listen(visitor)
        return visitor

    yield arrive
    for context in contexts:
        fall_silent(context)
        context.close()


def fall_silent(context: BrowserContext) -> None:
    """Wait for unanswered requests, and send none on leaving: the database is emptied after the test."""
    for page in [page for page in context.pages if not page.is_closed()]:
        page.wait_for_load_state()
        if page.locator("#saved[data-state=typing]").count():
            page.wait_for_selector("#saved:not([data-state=typing])")
        try:
            page.evaluate(NO_LEAVING)
        except Error:  # the page was older than its draft, and loaded itself once more
            page.wait_for_load_state()
            page.evaluate(NO_LEAVING)
        patience = time.monotonic() + 2
        while UNANSWERED.get(context) and time.monotonic() < patience:
            page.wait_for_timeout(20)


def watch(context: BrowserContext) -> None:
    """Record the unanswered requests of the pages of this browser."""
    pending = UNANSWERED[context] = set()
    context.on("request", lambda request: pending.add(request))
    context.on("requestfinished", lambda request: pending.discard(request))
    context.on("requestfailed", lambda request: pending.discard(request))


@pytest.fixture
def client_for() -> Callable[[User], str]:
    """The session key of a fresh login, without the login page."""
    from django.test import Client

    def session(user: User) -> str:
        client = Client()
        client.force_login(user)
        return client.cookies["sessionid"].value

    return session


@pytest.fixture
def machine(
    browser: Browser, tmp_path: Path, live_server: Any, client_for: Callable[[User], str]
) -> Iterator[Callable[[User], Page]]:
    """`machine(alice)`: her own browser with a profile on disk; called again, a new browser with the same profile."""
    contexts: list[BrowserContext] = []

    def start(user: User) -> Page:
        context = browser.browser_type.launch_persistent_context(tmp_path, executable_path=CHROMIUM, args=QUIET)
        contexts.append(context)
        watch(context)
        context.add_cookies([{"name": "sessionid", "value": client_for(user), "url": live_server.url}])
        return context.pages[0]

    yield start
    for context in contexts:
        fall_silent(context)
        context.close()


def kill(profile: Path) -> None:
    """Kill all processes of the browser with this profile by SIGKILL."""
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes() if folder.name.isdecimal() else b""
        except OSError:  # it ended meanwhile
            continue
        if bytes(profile) in command:
            os.kill(int(folder.name), signal.SIGKILL)


def listen(visitor: Visitor) -> None:
    def record(complaint: str) -> None:
        visitor.complaints.append(complaint)
        logger.warning(complaint)  # shown beside a failed test, which may be due to it

    def read(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            record(message.text)

    visitor.page.on("console", read)
    visitor.page.on("pageerror", lambda error: record(str(error)))


@pytest.fixture
def address(form: Any, request: pytest.FixtureRequest) -> str:
    """The address of the test's typed form, in a study with all roles and two annotators per case."""
    study = make_world(overlap=2)
    roles = {"alice": "annotator", "bob": "annotator", "carol": "adjudicator", "dan": "curator", "lena": "lead"}
    for name, role in roles.items():
        member_add(study=study.study, user=request.getfixturevalue(name), role=role)
    where: str = form.address(study)
    return where


@pytest.fixture
def person(form: Any, address: str) -> User:
    """The person who fills in the test's typed form."""
    return User.objects.get(username=form.person)
