"""The reading layout: two answers that fill the window, measured by a grid of points on a real IFEval prompt."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.datasets.models import Constraint, Prompt
from annotator.runs.models import Verdict
from annotator.runs.services.verdicts import verdicts_for
from annotator.studies.models import Case
from annotator.studies.services import assignment_choose_blind
from tests.web.browser.differing import make_differing
from tests.web.browser.gallery import Gallery, make_gallery

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]

WINDOWS = [(1366, 768), (1440, 900), (1920, 1080)]
SHARE = 0.6  # of the window, for the two answers

# Prompt 1000 of IFEval (google-research/instruction_following_eval, Apache 2.0).
IFEVAL = (
    'Write a 300+ word summary of the wikipedia page "https://en.wikipedia.org/wiki/Raymond_III,_Count_of_Tripoli". Do '
    "not use any commas and highlight at least 3 sections that has titles in markdown format, for example *highlighted "
    "section part 1*, *highlighted section part 2*, *highlighted section part 3*."
)
KINDS: list[tuple[str, dict[str, object]]] = [
    ("punctuation:no_comma", {}),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 3}),
    ("length_constraints:number_words", {"relation": "at least", "num_words": 300}),
]
PARAGRAPH = (
    "Raymond was count of Tripoli from 1152 to 1187 and prince of Galilee and Tiberias in right of his wife. He was a "
    "minor when the Assassins murdered his father and King Baldwin who was staying in the town made Hodierna regent. "
)


def answer(words: int) -> str:
    """So many words, in paragraphs of about forty."""
    paragraphs, left = [], words
    while left > 0:
        paragraphs.append(" ".join(PARAGRAPH.split()[:left]))
        left -= len(PARAGRAPH.split())
    return "\n\n".join(paragraphs)


def put_ifeval(case: Case, words: int = 250) -> None:
    """Make it the case of that prompt, with two answers of so many words and the verdicts on them."""
    Prompt.objects.filter(pk=case.prompt_id).update(text=IFEVAL, key="1000")
    for constraint, (kind, kwargs) in zip(case.prompt.constraints.order_by("position"), KINDS, strict=True):
        Constraint.objects.filter(pk=constraint.pk).update(kind=kind, kwargs=kwargs, span_start=None, span_end=None)
    Verdict.objects.filter(generation__in=[case.first, case.second]).delete()
    for generation in (case.first, case.second):
        type(generation).objects.filter(pk=generation.pk).update(answer=answer(words))
        fresh = type(generation).objects.get(pk=generation.pk)
        Verdict.objects.bulk_create(verdicts_for(fresh, {Verdict.Scope.ANSWER: fresh.answer}))


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    gallery = make_gallery(alice, bob, lena)
    put_ifeval(gallery.held.case)
    return gallery


@pytest.fixture
def differing(alice: User, bob: User, lena: User, carol: User) -> Gallery:
    gallery = make_differing(alice, bob, lena, carol)
    put_ifeval(gallery.held.case)
    return gallery


def case(gallery: Gallery) -> str:
    return f"/cases/{gallery.held.case_id}/"


def share(page: Page, selector: str = "[data-side]") -> float:
    """The part of the window in which a point lies on one of the two answers."""
    found: float = page.evaluate(
        """selector => {
            const steps = [...Array(60).keys()].map(step => (step + 0.5) / 60);
            const on = (x, y) => document.elementFromPoint(x * innerWidth, y * innerHeight)?.closest(selector);
            const points = steps.flatMap(x => steps.map(y => Boolean(on(x, y))));
            return points.filter(Boolean).length / points.length; }""",
        selector,
    )
    return found


def at_size(page: Page, size: tuple[int, int]) -> Page:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return page


def test_the_two_answers_own_most_of_the_window_in_both_steps(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    blind = [share(at_size(page, size)) for size in WINDOWS]
    assignment_choose_blind(assignment=gallery.held, choice="left")
    page.reload()
    named = [share(at_size(page, size)) for size in WINDOWS]
    assert min(blind) >= SHARE, blind
    assert min(named) >= SHARE, named
    assert visitor.complaints == []


def test_the_two_answers_own_most_of_the_window_of_an_adjudicator(
    differing: Gallery, visit: Visit, carol: User
) -> None:
    visitor = visit(carol)
    page = visitor.opens(f"/studies/{differing.study.slug}/adjudicate/{differing.held.case_id}/")
    shares = [share(at_size(page, size)) for size in WINDOWS]
    assert min(shares) >= SHARE, shares
    assert visitor.complaints == []


def test_keys_scroll_both_answers_from_wherever_they_are_free(gallery: Gallery, visit: Visit, alice: User) -> None:
    assignment_choose_blind(assignment=gallery.held, choice="left")
    visitor = visit(alice, viewport={"width": 1366, "height": 768})
    page = visitor.opens(case(gallery))

    def scrolled() -> float:
        found: float = page.locator(".pair").evaluate("element => element.scrollTop")
        return found

    visitor.presses("ArrowDown")
    by_line = scrolled()
    visitor.presses("End")
    bottom = scrolled()
    visitor.presses("PageUp", "h", "m", "Home")
    assert 0 < by_line < bottom
    assert scrolled() == 0
    page.locator("[data-key=b]").focus()
    visitor.presses("PageDown")
    assert scrolled() > 0
    assert page.evaluate("scrollY") == 0
    visitor.presses("t", "Home")
    assert scrolled() > 0, "the note has the keys of who types in it"


def test_the_lit_constraint_is_in_view_in_its_column(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice, viewport={"width": 1366, "height": 768})
    page = visitor.opens(case(gallery))
    visitor.presses("j", "j", "j")
    expect(page.locator("tr:has([aria-pressed=true])")).to_contain_text("300")
    expect(page.locator("tr:has([aria-pressed=true]) button").last).to_be_in_viewport(ratio=1)


def test_what_is_typed_in_the_folded_note_is_written_with_room(gallery: Gallery, visit: Visit, alice: User) -> None:
    assignment_choose_blind(assignment=gallery.held, choice="left")
    visitor = visit(alice, viewport={"width": 1366, "height": 768})
    page = visitor.opens(case(gallery))
    note, bar = page.locator("#note"), page.locator(".answering")
    folded = bar.bounding_box()
    visitor.presses("t")
    box = note.bounding_box()
    assert box is not None
    assert folded is not None
    assert box["height"] > 100
    assert box["y"] + box["height"] <= folded["y"], "it covers no control"
    assert bar.bounding_box() == folded
    visitor.presses("Escape")
    expect(note).to_have_css("height", "32px")


@pytest.mark.parametrize("size", [(1099, 800), (1280, 540), (683, 384), (390, 844)])
def test_windows_without_room_stack_and_scroll_as_a_page(
    gallery: Gallery, visit: Visit, alice: User, size: tuple[int, int]
) -> None:
    """A window of 1366 x 768 at 200 % is one of 683 x 384."""
    page = at_size(visit(alice).opens(case(gallery)), size)
    tops = page.evaluate("['.prompt', '.views', '.pair'].map(name => document.querySelector(name).offsetTop)")
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_guideline_is_one_key_away_in_both_steps_and_for_adjudicators(
    differing: Gallery, visit: Visit, alice: User, carol: User
) -> None:
    decided = f"/studies/{differing.study.slug}/adjudicate/{differing.held.case_id}/"
    for person, path in ((alice, case(differing)), (carol, decided)):
        visitor = visit(person)
        page = visitor.opens(path)
        visitor.presses("d")
        expect(page.locator("#guideline")).to_be_visible()
        expect(page.locator("#guideline")).to_contain_text("How to judge a case")
        visitor.presses("d", "u", "d", "Escape", "n")
        expect(page.locator("#guideline")).to_be_hidden()
        expect(page.locator("[name=label]:checked")).to_have_value("no_difference")
        assert visitor.complaints == []


def test_the_page_shows_the_key_of_the_prompt_and_a_link_that_a_lead_opens(
    gallery: Gallery, visit: Visit, alice: User, lena: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    expect(page.get_by_role("heading", name="Prompt 1000")).to_be_visible()
    link = page.get_by_role("link", name="Link for the lead").get_attribute("href")
    lead = visit(lena).opens(str(link))
    expect(lead.locator("main")).to_contain_text("Raymond_III")


def test_the_two_answers_own_most_of_the_window_of_who_sets_a_practice_case(
    gallery: Gallery, visit: Visit, lena: User
) -> None:
    visitor = visit(lena)
    page = visitor.opens(f"/studies/{gallery.study.slug}/cases/{gallery.held.case_id}/practice/")
    shares = [share(at_size(page, size), ".practice > section") for size in WINDOWS]
    assert min(shares) >= SHARE, shares
    save = page.get_by_role("button", name="Use for practice")
    save.focus()
    expect(save).to_be_in_viewport(ratio=1)
    assert visitor.complaints == []
