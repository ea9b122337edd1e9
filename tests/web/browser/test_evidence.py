"""Evidence is marked to the code point, whatever the text holds, and is tied, moved and removed by keys."""

import json
from collections.abc import Callable
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


def select(page: Page, name: str, piece: str) -> None:
    start = len(ODD[: ODD.index(piece)].encode("utf-16-le")) // 2
    page.evaluate(SELECT, [name, start, start + len(piece.encode("utf-16-le")) // 2])


def spans(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.locator("[name=spans]").input_value())
    return found


@pytest.mark.parametrize("piece", ["👩‍🚀 two\r\nthree", "\u0301", "\U0001f600", "中文, <b>", "last", "One"])
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
    visitor.presses("Alt+ArrowRight", "Alt+ArrowRight")
    assert spans(page)[0]["quote"] == "The Corner"
    assert page.evaluate("CSS.highlights.get('span-on').size") == 1
