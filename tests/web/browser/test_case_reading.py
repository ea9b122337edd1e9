"""Reading two answers by keys: four views, panels apart or together, search; undo and redo of an annotation."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.studies.models import Assignment, Draft
from annotator.studies.services import assignment_choose_blind
from tests.web.browser.gallery import Gallery, make_gallery

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    return make_gallery(alice, bob, lena)


@pytest.fixture
def named(gallery: Gallery) -> Gallery:
    assignment_choose_blind(assignment=gallery.held, choice="left")
    return gallery


def case(gallery: Gallery) -> str:
    return f"/cases/{gallery.held.case_id}/"


def test_the_views_follow_one_another_also_before_the_sides_are_named(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    html = page.locator("html")
    for view in ("markdown", "plain", "diff", "evidence", "markdown"):
        visitor.presses("v")
        expect(html).to_have_attribute("data-view", view)
    expect(page.locator(".side .markdown").first).to_be_visible()
    expect(page.locator(".side .answer").first).to_be_hidden()
    expect(page.locator("mark.changed").nth(2)).to_be_attached()
    page.reload()
    expect(html).to_have_attribute("data-view", "markdown")
    expect(page.locator(".side .markdown").first).to_be_visible()
    assert visitor.complaints == []


@pytest.mark.parametrize("view", ["Diff", "Markdown"])
def test_a_view_is_fetched_once_when_its_button_goes_down_and_shown_when_it_comes_up(
    gallery: Gallery, visit: Visit, alice: User, view: str
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/cases/" in request.url else None)
    page.get_by_role("button", name=view).hover()
    page.mouse.down()
    expect(page.locator("[data-view-of]")).to_have_count(2)
    expect(page.locator("html")).to_have_attribute("data-view", "evidence")
    page.mouse.up()
    expect(page.locator("html")).to_have_attribute("data-view", view.lower())
    assert len(asked) == 1
    assert visitor.complaints == []


def test_a_view_that_cannot_be_fetched_is_said_and_left(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Diff").click()
    expect(page.locator("#view-notice")).to_contain_text("cannot be loaded")
    expect(page.locator("html")).to_have_attribute("data-view", "plain")


@pytest.mark.parametrize("view", ["Diff", "Markdown"])
def test_a_view_that_was_made_for_somebody_else_who_logged_in_since_is_refused(
    gallery: Gallery, visit: Visit, alice: User, bob: User, client_for: Callable[[User], str], view: str
) -> None:
    held = gallery.held
    Assignment.objects.create(case=held.case, annotator=bob, second_is_left=True, lease_until=held.lease_until)
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    visitor.context.add_cookies([{"name": "sessionid", "value": client_for(bob), "url": visitor.origin}])
    page.get_by_role("button", name=view).click()
    expect(page.locator("#view-notice")).to_contain_text("Somebody else is logged in in this browser now.")
    expect(page.locator("html")).to_have_attribute("data-view", "plain")
    expect(page.locator("[data-view-of]")).to_have_count(0)
    visitor.context.add_cookies([{"name": "sessionid", "value": client_for(alice), "url": visitor.origin}])
    page.get_by_role("button", name=view).click()
    expect(page.locator("[data-view-of]")).to_have_count(2)
    expect(page.locator("#view-notice")).to_be_hidden()


PLACES = """[...document.querySelectorAll('.side')].flatMap((side) =>
    [side.querySelector('.answer').getBoundingClientRect().top, side.scrollTop])"""


@pytest.fixture
def long(gallery: Gallery) -> Gallery:
    """One answer of five paragraphs and one of twenty."""
    case = gallery.held.case
    for generation, count in ((case.first, 5), (case.second, 20)):
        text = "\n\n".join(f"Paragraph {number}. " + "Nobody looks. " * 40 for number in range(count))
        type(generation).objects.filter(pk=generation.pk).update(answer=text)
    return gallery


# Whether anything has moved since `before` and has come to rest: it was in the same places for some frames.
AT_REST = f"""before => {{
    const now = JSON.stringify({PLACES});
    window.calm = now === window.lately ? window.calm + 1 : 0;
    window.lately = now;
    return window.calm > 8 && now !== JSON.stringify(before);
}}"""


def moved(page: Page, act: Callable[[], None]) -> list[float]:
    """How far each answer moves in the window and in its panel after `act`: left, right."""
    page.locator(".pair").evaluate("element => element.scrollIntoView()")
    before = page.evaluate(PLACES)
    act()
    page.wait_for_function(AT_REST, arg=before)
    return [now - then for now, then in zip(page.evaluate(PLACES), before, strict=True)]


def wheel(page: Page, side: int) -> None:
    box = page.locator(".side").nth(side).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 200)
    page.mouse.wheel(0, 120)


STACKED = {"width": 1000, "height": 720}
FILLED = {"width": 1280, "height": 720}  # the answers fill the window, and the page does not scroll
layouts = pytest.mark.parametrize("window", [STACKED, FILLED], ids=["stacked", "filled"])


@layouts
def test_together_both_answers_move_as_one_page(
    long: Gallery, visit: Visit, alice: User, window: dict[str, int]
) -> None:
    page = visit(alice, viewport=window).opens(case(long))
    for act in (lambda: wheel(page, 0), lambda: wheel(page, 1), lambda: page.keyboard.press("PageDown")):
        left, left_inside, right, right_inside = moved(page, act)
        assert left == pytest.approx(right, abs=1)
        assert left < 0
        assert left_inside == right_inside == 0
    assert page.locator(".side[tabindex]").count() == 0


@layouts
def test_apart_each_answer_moves_alone_by_wheel_and_by_keys(
    long: Gallery, visit: Visit, alice: User, window: dict[str, int]
) -> None:
    visitor = visit(alice, viewport=window)
    page = visitor.opens(case(long))
    visitor.presses("s")
    expect(page.get_by_role("button", name="Scroll apart")).to_have_attribute("aria-pressed", "true")
    sides = page.locator(".side")

    def presses(side: int, key: str) -> None:
        sides.nth(side).focus()
        page.keyboard.press(key)

    acts = (
        lambda side: wheel(page, side),
        lambda side: presses(side, "PageDown"),
        lambda side: presses(side, "ArrowDown"),
    )
    for act in acts:
        for side in (0, 1):
            by = moved(page, lambda side=side, act=act: act(side))
            inside, other = by[2 * side + 1], by[3 - 2 * side]
            assert inside > 0
            assert other == 0
            assert by[2 * side] == pytest.approx(-inside, abs=1), "the page stays"
    expect(page.locator("[name=choice]:checked")).to_have_count(0)  # the arrows are the panel's
    visitor.presses("s")
    expect(page.locator(".side[tabindex]")).to_have_count(0)
    left, left_inside, right, right_inside = moved(page, lambda: wheel(page, 1))
    assert (left_inside, right_inside) == (0, 0)
    assert left == pytest.approx(right, abs=1)
    assert visitor.complaints == []


@layouts
def test_the_side_is_named_however_far_its_answer_is_read(
    long: Gallery, visit: Visit, alice: User, window: dict[str, int]
) -> None:
    visitor = visit(alice, viewport=window)
    page = visitor.opens(case(long))
    page.get_by_text("Paragraph 9").evaluate(
        """element => {
            const down = element.getBoundingClientRect().top + 900;
            scrollTo(0, down);
            element.closest(".pair").scrollTop = down; }"""
    )
    expect(page.get_by_role("heading", name="Right")).to_be_in_viewport()
    visitor.presses("s")
    page.locator(".side").nth(1).evaluate("element => { element.scrollIntoView(); element.scrollTop = 900; }")
    expect(page.get_by_role("heading", name="Right")).to_be_in_viewport()


def test_on_a_narrow_screen_there_is_nothing_to_scroll_apart(long: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(long))
    visitor.presses("s")
    page.set_viewport_size({"width": 800, "height": 700})
    expect(page.locator("html")).to_have_attribute("data-scroll", "together")
    expect(page.locator(".side[tabindex]")).to_have_count(0)
    expect(page.get_by_role("button", name="Scroll apart")).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 700})
    expect(page.locator("html")).to_have_attribute("data-scroll", "apart")


def test_words_are_looked_for_in_the_reasoning(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("r")
    field = page.locator("[data-find]").first
    status = page.locator(".find [role=status]").first
    field.fill("THE")
    expect(status).to_have_text("1 / 2")
    field.press("Enter")
    expect(status).to_have_text("2 / 2")
    field.press("Shift+Enter")
    expect(status).to_have_text("1 / 2")
    field.fill("(nowhere")
    expect(status).to_have_text("not found")
    assert page.evaluate("CSS.highlights.get('found').size") == 0


def test_every_step_of_an_annotation_is_undone_and_redone(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("u", "3", "j", "]", "l", "e", "t")
    page.keyboard.type("typed in one go")
    visitor.presses("Escape")

    def state() -> tuple[Any, ...]:
        return (
            page.locator("[name=label]:checked").evaluate_all("all => all.map(each => each.value)"),
            page.locator("[name=patterns]:checked").count(),
            page.locator("[name=disputes]:checked").evaluate_all("all => all.map(each => each.value)"),
            page.locator("[name=confidence]:checked").count(),
            len(json.loads(page.locator("[name=spans]").input_value())),
            page.locator("#note").input_value(),
        )

    whole = (["hurt"], 1, ["right-1"], 1, 1, "typed in one go")
    assert state() == whole
    visitor.presses("z")
    assert state() == (["hurt"], 1, ["right-1"], 1, 1, "")
    visitor.presses("z")
    assert state() == (["hurt"], 1, ["right-1"], 1, 0, "")
    expect(page.locator("#spans .chip")).to_have_count(0)
    visitor.presses(*"zzzzzz")
    assert state() == ([], 0, [], 0, 0, "")
    visitor.presses(*["Shift+z"] * 9)
    assert state() == whole
    visitor.waits_for_saved()
    content = Draft.objects.get().content
    assert (content["disputes"], content["confidence"], len(content["spans"])) == ({"right-1": ""}, "low", 1)


def test_the_effect_on_the_lit_constraint_is_chosen_by_keys(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    assert page.locator("[name=effects]").evaluate_all("all => all.map(each => each.value)") == ["", "", ""]
    visitor.presses("j", "j", "o")
    expect(page.locator("[name=effects]").nth(1)).to_be_focused()
    visitor.presses("n", "Escape", "h")
    assert page.locator("[name=effects]").nth(1).input_value() == "no_difference"
    expect(page.locator("[name=label][value=helped]")).to_be_checked()


def test_nothing_that_reaches_the_browser_tells_which_run_a_side_is_of_before_the_choice(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    reasoning = "TELLTALE thoughts. Do not use any commas."
    type(gallery.held.case.second).objects.filter(pk=gallery.held.case.second_id).update(
        reasoning=reasoning, reasoning_tokens=31_415, answer_tokens=27_182, split_status="truncated"
    )
    visitor = visit(alice)
    bodies: list[str] = []
    visitor.page.on(
        "response", lambda answer: "/static/" in answer.url or bodies.append(f"{answer.headers} {answer.text()}")
    )
    page = visitor.opens(case(gallery))
    visitor.presses("j", "v", "v", "v", "v", "e", "h", "o", "]", "z", "r", "s", "?")
    page.wait_for_load_state("networkidle")
    assert len(bodies) == 3, "the page and two views"
    telling = (
        "TELLTALE",
        "31415",
        "27182",
        "31,415",
        "truncated",
        "ran out",
        "mentions",
        "gained",
        "lost it",
        "Compared with",
    )
    for body in [*bodies, page.content()]:
        assert [word for word in telling if word in body] == []
    for field in ("label", "effects", "disputes", "spans", "confidence", "note"):
        assert page.locator(f"[name={field}]").count() == 0
    assert visitor.complaints == []
