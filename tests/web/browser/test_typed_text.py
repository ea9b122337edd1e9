"""Typed text in a real browser: it neither reorders a sentence around it nor widens a page."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.datasets.models import Prompt
from annotator.studies.models import Annotation, Dispute, Flag, Pattern, Study
from tests.studies.test_adjudications import decide
from tests.web.browser.differing import make_differing
from tests.web.browser.gallery import Gallery
from tests.web.browser.test_screens import CHINESE_LOOKS, LOOKS, fits

pytestmark = pytest.mark.django_db(transaction=True)

STUDY = "/studies/does-reasoning-help/"
LONG = "https://example.org/" + "a" * 117
TURNED = "look here \u202eyhw si siht\nand a second line"


@pytest.fixture
def gallery(alice: User, bob: User, lena: User, carol: User) -> Gallery:
    return make_differing(alice, bob, lena, carol)


def everybody_says(gallery: Gallery, carol: User, words: str) -> None:
    """Fill every text that a person may type about the bicycle with `words`, and decide the case."""
    case = gallery.held.case
    case.refresh_from_db()
    Annotation.objects.update(note=words * 40, other_text=words)
    annotation = gallery.held.annotations.get()
    Dispute.objects.create(annotation=annotation, verdict=case.second.verdicts.first(), reason=words)
    Flag.objects.update(reason=words * 3)
    decide(case, carol, reason=words)


def pages_of(gallery: Gallery) -> list[str]:
    case = gallery.held.case_id
    places = [
        "cases/",
        "",
        "adjudicate/",
        f"adjudicate/{case}/",
        f"cases/{case}/history/",
        "dashboard/?now",
        "agreement/?now",
    ]
    return [STUDY + place for place in places]


def nothing_is_out_of_reach(page: Page) -> None:
    """Assert `fits`, and that no table has to be scrolled sideways."""
    fits(page)
    beyond = page.eval_on_selector_all(".scroll", "all => all.map((each) => each.scrollWidth - each.clientWidth)")
    assert max(beyond, default=0) <= 1, page.url


def left_of(page: Page, under: str, words: str) -> float:
    """The x at which the words begin in the element `under`."""
    return page.locator(under).first.evaluate(
        """(under, words) => {
            const walk = document.createTreeWalker(under, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                const at = walk.currentNode.data.indexOf(words);
                if (at < 0) continue;
                const range = new Range();
                range.setStart(walk.currentNode, at);
                range.setEnd(walk.currentNode, at + words.length);
                return range.getBoundingClientRect().left;
            }
        }""",
        words,
    )


@pytest.mark.parametrize("look", ["light", "phone"])
def test_long_words_push_no_page_apart(
    gallery: Gallery, visit: Callable[..., Any], carol: User, lena: User, look: str
) -> None:
    everybody_says(gallery, carol, LONG)
    Study.objects.update(title="SmolLM2-135M-Instruct_IFEval_base_vs_cot_2026-11" * 2)
    Prompt.objects.update(text=LONG)
    Pattern.objects.update(name="w" * 80)
    visitor = visit(lena, **LOOKS[look])
    for path in pages_of(gallery):
        nothing_is_out_of_reach(visitor.opens(path))


def test_words_that_run_backwards_leave_our_sentences_in_order(
    gallery: Gallery, visit: Callable[..., Any], carol: User
) -> None:
    everybody_says(gallery, carol, TURNED)
    visitor = visit(carol, viewport={"width": 1090, "height": 850})  # our sentence has one line
    case = gallery.held.case_id
    page = visitor.opens(f"{STUDY}adjudicate/{case}/")
    notice = ".notice:has([href$='history/'])"
    assert left_of(page, notice, "Another decision") < left_of(page, notice, "this one is kept")
    assert left_of(page, notice, "Another decision") < left_of(page, notice, "History, with pseudonyms")
    assert page.locator(f"{notice} bdi").evaluate("(each) => each.getClientRects().length") > 1  # lines stay lines
    page = visitor.opens(f"{STUDY}cases/{case}/history/")
    assert page.eval_on_selector_all(".story p", "all => all.filter((p) => /[\\u202e]/.test(p.textContent)).length") > 3


@pytest.mark.parametrize("look", LOOKS)
def test_a_long_note_scrolls_by_itself_and_by_keyboard(
    gallery: Gallery, visit: Callable[..., Any], carol: User, look: str
) -> None:
    everybody_says(gallery, carol, LONG)
    visitor = visit(carol, **LOOKS[look])
    page = visitor.opens(f"{STUDY}adjudicate/{gallery.held.case_id}/")
    note = page.locator(".annotation .note").first
    assert note.evaluate("(each) => each.clientHeight") < 260
    note.focus()
    visitor.presses("End")
    expect(note).not_to_have_js_property("scrollTop", 0)
    assert Axe().run(page).violations_count == 0
    assert visitor.complaints == []


def test_a_flag_is_settled_on_a_phone_in_chinese(gallery: Gallery, visit: Callable[..., Any], carol: User) -> None:
    page = visit(carol, **CHINESE_LOOKS["phone"]).opens(f"{STUDY}adjudicate/")
    button = page.get_by_role("button", name="标为已解决")
    button.evaluate("(each) => (each.style.minWidth = '108px')")  # five characters of a real Chinese font
    edge = "(each) => each.getBoundingClientRect().right"
    assert button.evaluate(edge) <= page.locator("td:has(> form)").evaluate(edge)
    nothing_is_out_of_reach(page)
    button.click()
    expect(button).to_have_count(0)
