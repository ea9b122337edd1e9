"""Polling of a run's progress (poll.js) on a clock that only the test moves: hidden tab, failures, ended run."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from annotator.runs.models import Run
from tests.cast import World, finish, make_dataset, make_run

pytestmark = pytest.mark.django_db(transaction=True)

PROGRESS = "**/progress/"
EVERY_MS = 2000  # data-every of the progress section
MINUTES = 60_000
FAILED = "#progress [data-failed]"


class Polled:
    """A run's page with its clock stopped, and the number of its requests for progress."""

    def __init__(self, page: Page, run: Run) -> None:
        self.page, self.run, self.requests = page, run, 0
        page.on("request", self._count)

    def passes(self, milliseconds: int) -> None:
        """Move the clock. Returns after every request that this caused was counted."""
        self.page.clock.run_for(milliseconds)
        self.page.evaluate("fetch('/static/')")  # answered after what the page sent before it

    def polls_once(self) -> None:
        """Move the clock by one interval, and wait for the answer."""
        with self.page.expect_event("requestfinished", lambda request: "/progress/" in request.url):
            self.page.clock.run_for(EVERY_MS)

    def hides(self, *, hidden: bool) -> None:
        """Let the tab be hidden or visible. Chromium without a window has no tabs to switch between."""
        self.page.evaluate(
            """hidden => {
              Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    def _count(self, request: Any) -> None:
        self.requests += "/progress/" in request.url


@pytest.fixture
def polled(world: World, visit: Callable[..., Any], lena: User) -> Polled:
    run = make_run(make_dataset("slow"), world.language_model, "base", done=False)
    Run.objects.filter(pk=run.pk).update(created_by=lena)
    visitor = visit(lena)
    visitor.page.clock.install(time=datetime(2026, 1, 1, 12))
    visitor.page.clock.pause_at(datetime(2026, 1, 1, 13))
    return Polled(visitor.opens(f"/runs/{run.pk}/"), run)


def test_a_visible_tab_polls_once_an_interval(polled: Polled) -> None:
    polled.passes(EVERY_MS - 1)
    assert polled.requests == 0
    finish(polled.run.generations.get(position=0))
    polled.polls_once()
    expect(polled.page.locator("#progress")).to_contain_text("1 / 4")
    assert polled.requests == 1


def test_a_hidden_tab_does_not_poll_until_it_is_visible_again(polled: Polled) -> None:
    polled.hides(hidden=True)
    polled.passes(10 * MINUTES)
    assert polled.requests == 0
    finish(polled.run.generations.get(position=0))
    polled.hides(hidden=False)
    expect(polled.page.locator("#progress")).to_contain_text("1 / 4")
    assert polled.requests == 1


@pytest.mark.parametrize(
    "fail",
    [
        pytest.param(lambda route: route.abort(), id="no connection"),
        pytest.param(lambda route: route.fulfill(status=500, body="broken"), id="server error"),
        pytest.param(lambda route: route.fulfill(status=502, body="<p>Bad gateway</p>"), id="a proxy's page"),
        pytest.param(lambda route: route.fulfill(status=200, body="<p>Log in</p>"), id="another page"),
    ],
)
def test_a_failed_poll_is_reported_and_tried_again_later(polled: Polled, fail: Callable[[Route], None]) -> None:
    polled.page.route(PROGRESS, fail)
    expect(polled.page.locator(FAILED)).to_be_hidden()
    polled.passes(EVERY_MS)
    expect(polled.page.locator(FAILED)).to_be_visible()
    expect(polled.page.locator("#progress")).to_contain_text("0 / 4")  # the older figures stay
    polled.passes(2 * EVERY_MS - 1)
    assert polled.requests == 1, "the pause after a failure is twice as long"
    polled.page.unroute(PROGRESS)
    finish(polled.run.generations.get(position=0))
    polled.passes(1)
    expect(polled.page.locator("#progress")).to_contain_text("1 / 4")
    expect(polled.page.locator(FAILED)).to_be_hidden()
    assert polled.requests == 2


def test_pauses_between_failures_grow_to_a_minute_and_no_further(polled: Polled) -> None:
    polled.page.route(PROGRESS, lambda route: route.abort())
    pauses_ms = [2000, 4000, 8000, 16_000, 32_000, MINUTES, MINUTES]
    for count, pause_ms in enumerate(pauses_ms, start=1):
        polled.page.eval_on_selector(FAILED, "notice => notice.hidden = true")  # so that each failure shows it anew
        polled.passes(pause_ms)
        expect(polled.page.locator(FAILED)).to_be_visible()
        assert polled.requests == count


@pytest.mark.parametrize("status", [Run.Status.DONE, Run.Status.CANCELLED])
def test_polling_stops_when_the_run_has_ended(polled: Polled, status: str) -> None:
    Run.objects.filter(pk=polled.run.pk).update(status=status)
    polled.polls_once()
    expect(polled.page.locator("#progress .tag")).to_have_text(status)
    polled.passes(10 * MINUTES)
    assert polled.requests == 1
