"""Every page over a study whose every text is hostile, in Chromium and without the page's security policy.

The policy would stop a script that a page has let in: here escaping alone has to.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from annotator.analysis.chart_files import chart_svg
from annotator.analysis.charts import Amount, amount_chart
from tests.safety.hostile_study import HostileStudy
from tests.web.browser.chromium import CHROMIUM, QUIET
from tests.web.browser.conftest import fall_silent, watch
from tests.web.payloads import PAYLOADS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"),
]
HACKED = "() => [window.hacked, [...document.querySelectorAll('iframe, [onerror], [onload], [onfocus]')].length]"


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        chromium: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        made = chromium.new_context(bypass_csp=True)
        made.set_default_navigation_timeout(60_000)
        watch(made)
        yield made
        fall_silent(made)
        chromium.close()


class Watched:
    """A page with what it asked for elsewhere, and the messages of scripts that should not have run."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.page = context.new_page()
        self.origin = origin
        self.elsewhere: list[str] = []
        self.page.on("request", self._look)
        self.page.on("dialog", lambda dialog: (self.elsewhere.append(dialog.message), dialog.dismiss()))

    def _look(self, request: Any) -> None:
        outside = not request.url.startswith((self.origin, "data:", "blob:"))
        if outside or request.url.endswith(("/x", "x'", "javascript:")):
            self.elsewhere.append(request.url)

    def opens(self, address: str) -> list[Any]:
        """What ran or stands on the page at this address that should not: nothing, None and 0."""
        self.page.goto(self.origin + address, wait_until="load")
        found: list[Any] = self.page.evaluate(HACKED)
        return found


def logged_in(context: BrowserContext, user: User, origin: str) -> Watched:
    from django.test import Client

    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": origin}])
    return Watched(context, origin)


@pytest.mark.parametrize("name", ["sam", "alice"])
def test_no_text_runs_on_any_page_and_no_page_asks_elsewhere(
    context: BrowserContext, live_server: Any, hostile: HostileStudy, name: str
) -> None:
    watched = logged_in(context, getattr(hostile.people, name), live_server.url)
    met = {address: found for address in hostile.addresses() if (found := watched.opens(address)) != [None, 0]}
    assert (met, watched.elsewhere) == ({}, [])


def test_the_views_of_the_case_page_run_nothing(
    context: BrowserContext, live_server: Any, hostile: HostileStudy
) -> None:
    watched = logged_in(context, hostile.people.alice, live_server.url)
    for case in hostile.values["case_id"]:
        watched.opens(f"/cases/{case}/")
        for name in ("Diff", "Markdown", "Characters"):
            button = watched.page.get_by_role("button", name=name)
            if button.count():
                button.first.click()
                watched.page.wait_for_load_state("networkidle")
        assert watched.page.evaluate(HACKED) == [None, 0]
    assert watched.elsewhere == []


def test_files_that_are_opened_from_disk_run_nothing(
    context: BrowserContext, hostile: HostileStudy, client: Any, tmp_path: Any
) -> None:
    """The viewer of a snapshot, the report, and charts: the page of a file has no server to protect it."""
    client.force_login(hostile.people.sam)
    slug, number = hostile.study.slug, hostile.values["number"][0]
    files = {
        "viewer.html": f"/studies/{slug}/snapshots/{number}/index.html",
        "report.html": f"/studies/{slug}/results/report.html",
        "kinds.svg": f"/studies/{slug}/results/charts/kinds.svg",
        "comparison.svg": f"/studies/{slug}/results/charts/comparison.svg",
    }
    for name, address in files.items():
        (tmp_path / name).write_bytes(b"".join(client.get(address)))
    for number, payload in enumerate(PAYLOADS):
        files[f"{number}.svg"] = ""
        (tmp_path / f"{number}.svg").write_text(
            chart_svg(amount_chart([Amount(payload, "hurt", payload, 2)], title="n"))
        )
    watched = Watched(context, tmp_path.as_uri())
    for name in files:
        assert watched.opens(f"/{name}") == [None, 0], name
        for row in watched.page.locator("details > summary").all():
            row.click()
        assert watched.page.evaluate(HACKED) == [None, 0], name
    assert watched.elsewhere == []


def test_a_page_that_does_not_escape_would_be_noticed(context: BrowserContext, tmp_path: Any) -> None:
    (tmp_path / "open.html").write_text(f"<p>{PAYLOADS[1]}</p>")
    watched = Watched(context, tmp_path.as_uri())
    assert watched.opens("/open.html") == [2, 1]
    assert watched.elsewhere
