"""Evidence is marked to the code point, whatever the text holds; it is tied, moved and removed by keys and by touch."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.studies.models import Annotation
from annotator.studies.services import assignment_choose_blind
from tests.web.browser.gallery import Gallery, make_gallery

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
ODD = "One, 👩‍🚀 two\r\nthree e\u0301 \U0001f600\U0001f600 中文, <b>end</b> last"
# Selects units [start, end) of a text as a person would, across whatever marks there are.
SELECT = """([name, start, end]) => {
    const walker = document.createTreeWalker(document.querySelector(`[data-text="${name}"]`), NodeFilter.SHOW_TEXT);
    const range = new Range();
    for (let node = walker.nextNode(), before = 0; node; before += node.length, node = walker.nextNode()) {
        if (before <= start && start < before + node.length) range.setStart(node, start - before);
        if (before < end && end <= before + node.length) range.setEnd(node, end - before);
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
}"""


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    made = make_gallery(alice, bob, lena)
    case = made.held.case
    type(case.second).objects.filter(pk=case.second_id).update(answer=ODD, reasoning=ODD)
    assignment_choose_blind(assignment=made.held, choice="left")
    return made


def units(text: str) -> int:
    """The length of a text as the browser counts it."""
    return len(text.encode("utf-16-le")) // 2


def between(piece: str) -> tuple[int, int]:
    """Start and end of a piece of ODD, in units."""
    start = units(ODD[: ODD.index(piece)])
    return start, start + units(piece)


def select(page: Page, name: str, piece: str) -> None:
    page.evaluate(SELECT, [name, *between(piece)])


def spans(page: Page) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = json.loads(page.locator("[name=spans]").input_value())
    return spans


@pytest.mark.parametrize("piece", ["👩‍🚀 two\r\nthree", "e\u0301", "\U0001f600", "中文, <b>", "last", "One"])
def test_a_selection_is_stored_as_code_points_of_the_stored_text(
    gallery: Gallery, visit: Visit, alice: User, piece: str
) -> None:
    visitor = visit(alice)
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    select(page, "right.answer", piece)
    visitor.presses("e", "u")
    expect(page.locator("#spans q")).to_have_count(1)
    visitor.waits_for_saved()
    visitor.presses("Enter")
    expect(page).not_to_have_url(visitor.origin + f"/cases/{gallery.held.case_id}/")
    start = ODD.index(piece)
    assert Annotation.objects.latest("pk").spans == [
        {"text": "second.answer", "start": start, "end": start + len(piece), "pattern": "", "quote": piece}
    ]
    assert visitor.complaints == []


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("\u0301 ", "e\u0301 "),
        ("👩", "👩‍🚀"),
        ("\u200d🚀 two", "👩‍🚀 two"),
        ("\nthree", "\r\nthree"),
        ("two\r", "two\r\n"),
    ],
)
def test_a_piece_never_ends_inside_a_character(
    gallery: Gallery, visit: Visit, alice: User, cut: str, whole: str
) -> None:
    visitor = visit(alice)
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    select(page, "right.answer", cut)
    visitor.presses("e")
    assert spans(page)[0]["quote"] == whole
    assert ODD[spans(page)[0]["start"] : spans(page)[0]["end"]] == whole


def test_a_piece_is_tied_moved_and_removed_by_keys(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.presses("r", "3")
    select(page, "right.reasoning", "three")
    visitor.presses("e")
    select(page, "right.reasoning", "two\r\nth")
    visitor.presses("e")
    assert [(each["quote"], each["pattern"]) for each in spans(page)] == [
        ("three", "constraint-neglected"),
        ("two\r\nth", "constraint-neglected"),
    ]
    page.locator("#spans .chip").first.focus()
    visitor.presses("ArrowRight", "ArrowRight")
    assert spans(page)[0]["quote"] == "three e\u0301", "a letter and its accent are one step"
    visitor.presses("Shift+ArrowLeft")
    assert spans(page)[0]["quote"] == "\r\nthree e\u0301", "a line end is one step"
    visitor.presses("Alt+ArrowLeft", "Alt+ArrowLeft", "Shift+ArrowRight")
    assert spans(page)[0]["quote"] == "three"
    page.locator("#spans select").first.select_option("")
    assert spans(page)[0]["pattern"] == ""
    page.locator("#spans .chip").first.focus()
    visitor.presses("Delete")
    assert [each["quote"] for each in spans(page)] == ["two\r\nth"]
    visitor.waits_for_saved()
    page.reload()
    assert [each["quote"] for each in spans(page)] == ["two\r\nth"]
    expect(page.locator("#spans .where")).to_have_text("right reasoning")


def test_without_a_selection_the_lit_evidence_is_taken(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.presses("e")
    assert spans(page)[0]["quote"] == "The"
    expect(page.locator("#spans .chip")).to_be_focused()
    visitor.presses("Alt+ArrowRight")
    assert spans(page)[0]["quote"] == "The Corner"
    assert page.evaluate("CSS.highlights.get('span-on').size") == 1


# --- by touch -------------------------------------------------------------------------------------------------------

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Where a finger aims at: the left or right rim of a piece of a text, in the middle of its line.
RIM = """([name, start, end, right]) => {
    const walker = document.createTreeWalker(document.querySelector(`[data-text="${name}"]`), NodeFilter.SHOW_TEXT);
    const range = new Range();
    for (let node = walker.nextNode(), before = 0; node; before += node.length, node = walker.nextNode()) {
        if (before <= start && start < before + node.length) range.setStart(node, start - before);
        if (before < end && end <= before + node.length) range.setEnd(node, end - before);
    }
    const boxes = [...range.getClientRects()].filter((box) => box.width);
    const box = boxes.at(right ? -1 : 0);
    return [right ? box.right - 1 : box.left + 1, (box.top + box.bottom) / 2];
}"""


@dataclass
class Finger:
    """One finger on the screen of a phone, with real touch events."""

    page: Page

    def __post_init__(self) -> None:
        self.session = self.page.context.new_cdp_session(self.page)
        self.now = time.time() - 2

    def does(self, kind: str, *points: tuple[float, float]) -> None:
        """Act a tenth of a second after the last event: sooner it would be a fling, which swallows taps."""
        self.now += 0.1
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches, "timestamp": self.now})

    def drags(self, handle: str, onto: tuple[float, float], *, lifts: bool = True) -> None:
        """Touch the handle and move until the end of the span, which is above it, is at `onto`."""
        x, y = middle(self.page, handle)
        edge = edge_of(self.page, handle)
        away = (onto[0] - edge[0], onto[1] - edge[1])
        self.does("touchStart", (x, y))
        for part in (0.3, 0.7, 1.0, 1.0):
            self.does("touchMove", (x + part * away[0], y + part * away[1]))
        if lifts:
            self.does("touchEnd")


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def edge_of(page: Page, handle: str) -> tuple[float, float]:
    span = spans(page)[0]
    ends = [units(ODD[: span[end]]) for end in ("start", "end")]
    x, y = page.evaluate(RIM, [span["text"], *ends, handle == LAST])
    return x, y


def aim(page: Page, piece: str, *, right: bool, name: str = "right.answer") -> tuple[float, float]:
    x, y = page.evaluate(RIM, [name, *between(piece), right])
    return x, y


FIRST, LAST = ".handle.first", ".handle.last"


@pytest.fixture
def phone(gallery: Gallery, visit: Visit, alice: User) -> Any:
    """alice's phone with the case open, its second answer in view."""
    visitor = visit(alice, **PHONE)
    visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.page.locator("[data-text='right.answer']").scroll_into_view_if_needed()
    return visitor


def mark(page: Page, piece: str) -> None:
    """Mark a piece of the right answer as on a phone: select the words, then tap the button."""
    select(page, "right.answer", piece)
    page.get_by_role("button", name="Mark evidence").tap()
    expect(page.locator("#spans q").last).to_have_text(piece)
    page.locator("[data-text='right.answer']").scroll_into_view_if_needed()
    expect(page.locator(LAST)).to_be_visible()


@pytest.mark.parametrize(
    ("piece", "handle", "onto", "right", "left"),
    [
        ("two", FIRST, "👩‍🚀", False, "👩‍🚀 two"),
        ("👩‍🚀 two", FIRST, "👩‍🚀", True, " two"),
        ("two", LAST, "three", True, "two\r\nthree"),
        ("two\r\nthree", LAST, "two", True, "two"),
        ("three", LAST, "e\u0301 ", False, "three "),
        ("three", LAST, "e\u0301", True, "three e\u0301"),
        ("\U0001f600\U0001f600", FIRST, "\U0001f600 中", False, "\U0001f600"),
        ("中文", LAST, "last", True, "中文, <b>end</b> last"),
    ],
)
def test_an_end_is_dragged_by_touch_to_whole_characters(
    gallery: Gallery, phone: Any, piece: str, handle: str, onto: str, right: bool, left: str
) -> None:
    page = phone.page
    mark(page, piece)
    Finger(page).drags(handle, aim(page, onto, right=right))
    expect(page.locator("#spans q")).to_have_text(left, use_inner_text=False)
    page.get_by_text("hurt u", exact=True).tap()
    expect(page.locator("input[value=hurt]")).to_be_checked()
    page.get_by_role("button", name="Submit and next").tap()
    expect(page).not_to_have_url(phone.origin + f"/cases/{gallery.held.case_id}/")
    (stored,) = Annotation.objects.latest("pk").spans
    assert (stored["quote"], ODD[stored["start"] : stored["end"]]) == (left, left)
    assert phone.complaints == []


def test_the_ends_are_moved_by_taps_on_buttons_as_well(phone: Any) -> None:
    page = phone.page
    mark(page, "two")
    for button, left in (
        ("End one word later", "two\r\nthree"),
        ("Start one word earlier", "👩‍🚀 two\r\nthree"),
        ("End one word later", "👩‍🚀 two\r\nthree e\u0301"),
        ("Start one word later", "two\r\nthree e\u0301"),
        ("End one word earlier", "two\r\nthree"),
    ):
        page.get_by_role("button", name=button).tap()
        expect(page.locator("#spans q")).to_have_text(left)
        expect(page.get_by_role("button", name=button)).to_be_focused()
        expect(page.locator("#spans-status")).to_have_text(left)
        assert spans(page)[0]["quote"] == left
    assert phone.complaints == []


def test_a_tap_on_a_marked_piece_selects_it_and_one_beside_it_lets_go(phone: Any) -> None:
    page = phone.page
    mark(page, "two\r\nthree")
    mark(page, "three")
    rows = page.locator("#spans li")
    page.touchscreen.tap(*aim(page, "tw", right=True))
    expect(rows.nth(0)).to_have_class("on")
    page.touchscreen.tap(*aim(page, "thr", right=True))
    expect(rows.nth(1)).to_have_class("on")
    page.touchscreen.tap(*aim(page, "thr", right=True))
    expect(rows.nth(0)).to_have_class("on")  # pieces that overlap, one after the other
    page.touchscreen.tap(*aim(page, "中文", right=True))
    expect(page.locator(".handle")).to_have_count(0)
    expect(page.locator("#spans li.on")).to_have_count(0)


def test_handles_and_buttons_can_be_hit_and_do_not_cover_each_other(phone: Any) -> None:
    page = phone.page
    mark(page, "\U0001f600")
    first, last = (page.locator(handle).bounding_box() for handle in (FIRST, LAST))
    buttons = [each.bounding_box() for each in page.locator("#spans [data-end]").all()]
    assert min(min(box["width"], box["height"]) for box in (first, last, *buttons)) >= 24
    assert first["y"] + first["height"] <= last["y"]
    page.get_by_role("button", name="Markdown").tap()
    expect(page.locator(".handle")).to_have_count(0)
    page.get_by_role("button", name="Plain").tap()
    expect(page.locator(".side .markdown").first).to_be_hidden()


def test_a_drag_is_one_step_to_undo_and_one_that_is_broken_off_is_none(phone: Any) -> None:
    page = phone.page
    mark(page, "two")
    finger = Finger(page)
    finger.drags(LAST, aim(page, "three", right=True), lifts=False)
    finger.does("touchCancel")
    expect(page.locator("#spans q")).to_have_text("two")
    assert spans(page)[0]["quote"] == "two"
    finger.drags(LAST, aim(page, "last", right=True))
    assert spans(page)[0]["quote"] == ODD[ODD.index("two") :]
    page.get_by_role("button", name="Undo").tap()
    assert spans(page)[0]["quote"] == "two"


def test_an_end_is_dragged_by_mouse_in_the_reasoning_of_a_panel_that_scrolls(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.presses("s", "r")
    select(page, "right.reasoning", "two")
    visitor.presses("e")
    page.locator(LAST).evaluate("element => element.scrollIntoView({ block: 'center' })")
    (x, y), edge = middle(page, LAST), edge_of(page, LAST)
    onto = aim(page, "last", right=True, name="right.reasoning")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + onto[0] - edge[0], y + onto[1] - edge[1], steps=4)
    page.mouse.up()
    assert spans(page)[0]["quote"] == ODD[ODD.index("two") :]
    assert visitor.complaints == []
