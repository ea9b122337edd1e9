"""Awkward texts in a browser: directions, invisible characters, long words, wide tables, paper, other keyboards."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.studies.services import assignment_choose_blind
from tests.web.browser.gallery import Gallery, make_gallery

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
LEFT = "[data-text='left.answer']"
# Where words are in the window: the first of them in the text of an element.
BOX = """(element, words) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.data.indexOf(words);
        if (at < 0) continue;
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + words.length);
        const { left, right, top, width } = range.getBoundingClientRect();
        return { left, right, top, width };
    }
}"""
SIGNS = """element => [...element.querySelectorAll(".sign")].map(
    (sign) => getComputedStyle(sign, "::before").content.replaceAll('"', ""))"""


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    made = make_gallery(alice, bob, lena)
    assignment_choose_blind(assignment=made.held, choice="left")
    return made


def answers(gallery: Gallery, left: str, right: str) -> str:
    """Put these answers on the two sides of the held case; its address."""
    gallery.held.refresh_from_db()
    case = gallery.held.case
    sides = (case.second, case.first) if gallery.held.second_is_left else (case.first, case.second)
    for generation, text in zip(sides, (left, right), strict=True):
        type(generation).objects.filter(pk=generation.pk).update(answer=text)
        generation.verdicts.update(evidence={})
    return f"/cases/{gallery.held.case_id}/"


def box(page: Page, selector: str, words: str) -> dict[str, float]:
    found: dict[str, float] = page.locator(selector).evaluate(BOX, words)
    return found


def test_each_line_runs_in_its_own_direction(gallery: Gallery, visit: Visit, alice: User) -> None:
    text = "القهوة مشروب عالمي (Coffee 2024)\nEnglish line second: 3 + 4 = 7.\nשלום עולם!"
    page = visit(alice).opens(answers(gallery, text, f"Coffee first:\n{text}"))
    for selector in (LEFT, "[data-text='right.answer']"):
        arabic, english, hebrew = (box(page, selector, words) for words in ("القهوة", "English", "שלום"))
        assert arabic["right"] == pytest.approx(hebrew["right"], abs=2)
        assert arabic["right"] > english["right"] + 100
        assert english["left"] < hebrew["left"] - 100


def test_invisible_characters_are_shown_on_request_and_deceiving_ones_always(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    text = "access\u202elevel\u202c us\u200ber\tnb\u00a0sp\nline \u2028sep \x1b[31m"
    visitor = visit(alice)
    page = visitor.opens(answers(gallery, text, "access level"))
    answer = page.locator(LEFT)
    assert [sign for sign in answer.evaluate(SIGNS) if sign != "none"] == ["RLO", "PDF", "LS", "ESC"]
    first, last = box(page, LEFT, "access"), box(page, LEFT, "level")
    assert first["right"] <= last["left"] + 1, "what follows is not turned round"
    visitor.presses("w")
    expect(page.get_by_role("button", name="Characters")).to_have_attribute("aria-pressed", "true")
    assert answer.evaluate(SIGNS) == ["RLO", "PDF", "ZWSP", "→", "NBSP", "↵", "LS", "ESC"]
    assert answer.evaluate("element => element.textContent") == text
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-characters", "shown")
    visitor.presses("w")
    assert [sign for sign in answer.evaluate(SIGNS) if sign != "none"] == ["RLO", "PDF", "LS", "ESC"]
    assert visitor.complaints == []


def test_the_difference_shows_which_white_space_differs(gallery: Gallery, visit: Visit, alice: User) -> None:
    left, right = "One here.\n\nRain\u00a0falls.", "One here.\nRain falls."
    page = visit(alice).opens(answers(gallery, left, right))
    page.get_by_role("button", name="Diff").click()
    signs = """side => [...document.querySelectorAll(`[data-view-of=${side}] .changed .sign`)].map(
        (sign) => getComputedStyle(sign, "::before").content.replaceAll('"', ""))"""
    expect(page.locator(".diff")).to_have_count(2)
    assert page.evaluate(signs, "left") == ["↵", "↵", "NBSP"]
    assert page.evaluate(signs, "right") == ["↵", "·"]


@pytest.mark.parametrize("word", ["A" * 20_005, "AV" * 10_000])
def test_a_word_of_20_000_kerned_capitals_is_laid_out_at_once(
    gallery: Gallery, visit: Visit, alice: User, word: str
) -> None:
    page = visit(alice).opens(answers(gallery, word, "short"))
    laid_out = """() => {
        const answer = document.querySelector("[data-text='left.answer']");
        const started = performance.now();
        answer.style.width = "300px";
        answer.getBoundingClientRect();
        return performance.now() - started;
    }"""
    assert page.evaluate(laid_out) < 1000, "seconds where every letter is kerned; 15 ms without"


def test_a_wide_table_keeps_its_words_whole_aligns_its_columns_and_scrolls(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    table = (
        "| Planet | Diameter (km) | Distance from Sun | Moons | Atmosphere | Temperature | Discovered |\n"
        "|---|---:|---:|:-:|---|---|---|\n"
        "| Jupiter | 142984 | 778600000 | 95 | hydrogen and helium | -110 degrees | prehistory |"
    )
    visitor = visit(alice, viewport={"width": 1000, "height": 800})
    page = visitor.opens(answers(gallery, table, "short"))
    page.get_by_role("button", name="Markdown").click()
    expect(page.locator(".markdown table")).to_be_visible()
    heights = """() => [...document.querySelectorAll(".markdown th")].map((cell) => {
        const range = new Range();
        range.selectNodeContents(cell);
        return [cell.textContent.split(" ").length, range.getClientRects().length];
    })"""
    for words, lines in page.evaluate(heights):
        assert lines <= words
    assert page.locator(".markdown td").nth(1).evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    scroller = page.locator(".markdown .scroll")
    assert scroller.evaluate("box => box.scrollWidth > box.clientWidth")
    scroller.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.markdown .scroll').scrollLeft > 0")
    assert visitor.complaints == []


# (what is typed, the key's place, Shift) -> what it does on the page.
FOREIGN = [
    ("р", "KeyH", False, "[name=label][value=helped]:checked"),
    ("Г", "KeyU", False, "[name=label][value=hurt]:checked"),
    ("η", "KeyH", False, "[name=label][value=helped]:checked"),
    ("ا", "KeyH", False, "[name=label][value=helped]:checked"),
    ("ㅗ", "KeyH", False, "[name=label][value=helped]:checked"),
    ("Process", "KeyH", False, "[name=label][value=helped]:checked"),
    ("١", "Digit1", False, "[name=patterns]:checked"),
    ("&", "Digit1", False, "[name=patterns]:checked"),
]


@pytest.mark.parametrize(("key", "code", "shift", "effect"), FOREIGN)
def test_keys_work_by_their_place_where_a_keyboard_types_no_latin_letters(
    gallery: Gallery, visit: Visit, alice: User, key: str, code: str, shift: bool, effect: str
) -> None:
    page = visit(alice).opens(f"/cases/{gallery.held.case_id}/")
    press(page, key, code, shift)
    expect(page.locator(effect)).to_have_count(1)


def press(page: Page, key: str, code: str, shift: bool = False) -> None:
    page.evaluate(
        "about => document.body.dispatchEvent(new KeyboardEvent('keydown', about))",
        {"key": key, "code": code, "shiftKey": shift, "bubbles": True, "cancelable": True},
    )


def test_latin_letters_are_known_by_what_they_type_wherever_they_are(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    page = visit(alice).opens(f"/cases/{gallery.held.case_id}/")
    press(page, "y", "KeyH")  # on a keyboard with other places for the letters
    press(page, "!", "Digit1", shift=True)
    assert page.locator("[name=label]:checked, [name=patterns]:checked").count() == 0
    press(page, "h", "KeyJ")
    expect(page.locator("[name=label][value=helped]")).to_be_checked()


def test_on_paper_both_answers_stand_in_full_and_nothing_is_to_be_pressed(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "Nobody looks. " * 40 for number in range(30))
    page = visit(alice, color_scheme="dark").opens(answers(gallery, text, text))
    page.emulate_media(media="print")
    expect(page.locator(".answering")).to_be_hidden()
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    for control in page.locator(".constraints :is(select, input), .prompt a").all():
        expect(control).to_be_hidden()
    for place in range(2):
        side = page.locator(".side").nth(place)
        assert side.evaluate("side => side.scrollHeight <= side.clientHeight + 1")
        assert side.evaluate("side => getComputedStyle(side).overflow") == "visible"
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light"


def test_what_a_model_wrote_is_not_for_the_browser_to_translate(gallery: Gallery, visit: Visit, alice: User) -> None:
    page = visit(alice).opens(f"/cases/{gallery.held.case_id}/")
    assert page.locator("[data-text]").count() >= 3
    assert page.locator("[data-text]:not([translate=no])").count() == 0


@pytest.mark.parametrize(("words", "starts"), [("القهوة", "right"), ("English", "left"), ("2024", "left")])
def test_the_handles_of_a_piece_stand_at_the_ends_that_its_own_line_gives_it(
    gallery: Gallery, visit: Visit, alice: User, words: str, starts: str
) -> None:
    visitor = visit(alice)
    page = visitor.opens(answers(gallery, "مشروب القهوة عالمي\nEnglish line, 2024", "short"))
    page.locator(LEFT).evaluate(
        """(element, words) => {
            const node = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            while (!node.nextNode()?.data.includes(words));
            const at = node.currentNode.data.indexOf(words);
            getSelection().setBaseAndExtent(node.currentNode, at, node.currentNode, at + words.length);
        }""",
        words,
    )
    visitor.presses("e")
    expect(page.locator(".handle.first")).to_be_visible()
    handle = page.locator(".handle.first").bounding_box()
    assert handle is not None
    assert handle["x"] + handle["width"] / 2 == pytest.approx(box(page, LEFT, words)[starts], abs=2)
