"""Every page, light, dark and on a phone: axe finds nothing, and the console is silent.

`make screens` (`COTRAST_SCREENS=1`) keeps a picture of each in `var/screens`. Those that the documentation shows are in
`docs/screens`, which is tracked, and are made anew in their place.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.studies.services import assignment_choose_blind
from tests.paths import REPOSITORY
from tests.web.browser.gallery import Gallery, make_gallery

pytestmark = pytest.mark.django_db(transaction=True)

SCREENS, DOCUMENTED = REPOSITORY / "var" / "screens", REPOSITORY / "docs" / "screens"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1360, "height": 850}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1360, "height": 850}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
CHINESE_LOOKS = {look: {**LOOKS[look], "locale": "zh-CN"} for look in ("light", "phone")}
WHOLE_PAGE = {"phone", "zoomed"}


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    return make_gallery(alice, bob, lena)


def looked_at(page: Page, name: str, look: str) -> None:
    """Check layout and accessibility (axe) of the page, and take a picture if COTRAST_SCREENS is set."""
    fits(page)
    if os.environ.get("COTRAST_SCREENS"):
        SCREENS.mkdir(parents=True, exist_ok=True)
        file = f"{name}-{look}.png"
        folder = DOCUMENTED if (DOCUMENTED / file).exists() else SCREENS
        picture(page, folder / file, whole=look in WHOLE_PAGE)
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}, {look}: {found.generate_report()}"


def picture(page: Page, path: Path, *, whole: bool) -> None:
    """A small PNG: 128 colours are plenty for text."""
    from PIL import Image

    window = page.viewport_size
    assert window is not None

    if whole and not page.locator("dialog:popover-open").count():
        whole_page(page)
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    page.set_viewport_size(window)


def whole_page(page: Page) -> None:
    """Make the window as tall as the page: parts outside the window are not drawn in the picture."""
    for place in ("document.body.scrollHeight", "0"):  # what was seen once knows its height
        page.evaluate(f"scrollTo(0, {place})")
        page.wait_for_timeout(50)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.evaluate("innerWidth"), "height": height})
    page.wait_for_timeout(100)
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_an_annotator(gallery: Gallery, visit: Callable[..., Any], alice: User, look: str) -> None:
    stranger = visit(**LOOKS[look])
    stranger.opens("/login/")
    looked_at(stranger.page, "login", look)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        stranger.page.fill("#id_username", "nobody")
        stranger.page.fill("#id_password", "guess")
        with stranger.page.expect_navigation():
            stranger.presses("Enter")
    stranger.page.wait_for_selector("text=Come back in 15 minutes")
    looked_at(stranger.page, "login-wait", look)
    visitor = visit(alice, **LOOKS[look])
    page = visitor.opens("/")
    looked_at(page, "home", look)
    visitor.opens(f"/studies/{gallery.study.slug}/")
    looked_at(page, "study", look)
    visitor.opens(f"/cases/{gallery.held.case_id}/")
    looked_at(page, "case-blind", look)
    assignment_choose_blind(assignment=gallery.held, choice="left")
    visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.presses("j", "u", "3", "4", "m", "e", "]", "t")
    page.keyboard.type("Plans the copy, forgets the comma rule, adds a friendly last line.")
    visitor.waits_for_saved()
    visitor.presses("Escape")
    page.evaluate("scrollTo(0, 0)")
    looked_at(page, "case", look)
    visitor.presses("r")
    page.get_by_role("button", name="Diff").click()
    page.wait_for_selector(".side .diff")
    looked_at(page, "case-diff", look)
    page.get_by_role("button", name="Markdown").click()
    page.wait_for_selector(".side .markdown")
    looked_at(page, "case-markdown", look)
    page.get_by_role("button", name="Evidence", exact=True).click()
    page.locator("#evidence").scroll_into_view_if_needed()
    looked_at(page, "case-evidence", look)
    visitor.presses("?")
    looked_at(page, "case-keys", look)
    visitor.opens(f"/cases/{gallery.judged.case_id}/")
    looked_at(page, "case-revision", look)
    visitor.opens("/nowhere/")
    looked_at(page, "not-found", look)
    assert [c for c in visitor.complaints if "404" not in c] == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_lead(gallery: Gallery, visit: Callable[..., Any], lena: User, look: str) -> None:
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/")
    looked_at(page, "study-lead", look)
    for name, path in {
        "runs": "/runs/",
        "run-new": "/runs/new/",
        "run": f"/runs/{gallery.waiting.pk}/",
        "generation": f"/runs/{gallery.done.pk}/prompts/0/",
        "datasets": "/datasets/",
        "dataset": "/datasets/everyday/1/",
        "study-new": "/studies/new/",
    }.items():
        visitor.opens(path)
        looked_at(page, name, look)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", CHINESE_LOOKS)
def test_the_case_page_in_chinese(gallery: Gallery, visit: Callable[..., Any], alice: User, look: str) -> None:
    assignment_choose_blind(assignment=gallery.held, choice="left")
    visitor = visit(alice, **CHINESE_LOOKS[look])
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.presses("j", "u", "3", "m", "t")
    page.keyboard.type("计划了文案，却忘了逗号规则。")
    visitor.waits_for_saved()
    visitor.presses("Escape")
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("#saved")).to_contain_text("已保存")
    fits(page)
    looked_at(page, "case-chinese", look)
    assert visitor.complaints == []


def test_the_language_is_chosen_in_the_bar(gallery: Gallery, visit: Callable[..., Any], alice: User) -> None:
    visitor = visit(alice, **LOOKS["light"])
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("button", name="揭示两侧")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page).to_have_url(f"{visitor.origin}/cases/{gallery.held.case_id}/")
    expect(page.locator("[data-text=prompt]")).to_have_attribute("lang", "")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Name the sides")).to_be_visible()
    assert visitor.complaints == []


def fits(page: Page) -> None:
    """Assert that nothing overflows the window to the right."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
