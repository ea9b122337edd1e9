"""Reading two answers by keys: four views, panels apart or together, words looked for; undo and redo of a judgement."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotator.studies.models import Draft
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


def test_a_view_that_cannot_be_fetched_is_said_and_left(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Diff").click()
    expect(page.locator("#view-said")).to_contain_text("cannot be loaded")
    expect(page.locator("html")).to_have_attribute("data-view", "plain")


def test_the_answers_scroll_apart_if_asked_to(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("s")
    side = page.locator(".side").first
    assert side.evaluate("element => getComputedStyle(element).overflowY") == "auto"
    expect(side).to_have_attribute("tabindex", "0")
    visitor.presses("s")
    assert side.evaluate("element => getComputedStyle(element).overflowY") == "clip"


def test_words_are_looked_for_in_the_reasoning(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("r")
    field = page.locator("[data-find]").first
    said = page.locator(".find [role=status]").first
    field.fill("THE")
    expect(said).to_have_text("1 / 2")
    field.press("Enter")
    expect(said).to_have_text("2 / 2")
    field.press("Shift+Enter")
    expect(said).to_have_text("1 / 2")
    field.fill("(nowhere")
    expect(said).to_have_text("not found")
    assert page.evaluate("CSS.highlights.get('found').size") == 0


def test_every_step_of_a_judgement_is_undone_and_redone(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("u", "3", "j", "]", "l", "e", "t")
    page.keyboard.type("typed in one go")
    visitor.presses("Escape")

    def state() -> tuple[Any, ...]:
        return (
            page.locator("[name=label]:checked").evaluate_all("all => all.map(each => each.value)"),
            page.locator("[name=patterns]:checked").count(),
            page.locator("[name=wrong]:checked").evaluate_all("all => all.map(each => each.value)"),
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
    assert (content["wrong"], content["confidence"], len(content["spans"])) == ({"right-1": ""}, "low", 1)


def test_the_effect_on_the_lit_constraint_is_chosen_by_keys(named: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    assert page.locator("[name=effects]").evaluate_all("all => all.map(each => each.value)") == [
        "hurt",
        "helped",
        "hurt",
    ]
    visitor.presses("j", "j", "o")
    expect(page.locator("[name=effects]").nth(1)).to_be_focused()
    visitor.presses("n", "Escape", "h")
    assert page.locator("[name=effects]").nth(1).input_value() == "no_difference"
    expect(page.locator("[name=label][value=helped]")).to_be_checked()


def test_nothing_that_reaches_the_browser_tells_which_side_reasoned_before_the_choice(
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
        "no reasoning",
    )
    for body in [*bodies, page.content()]:
        assert [word for word in telling if word in body] == []
    for field in ("label", "effects", "wrong", "spans", "confidence", "note"):
        assert page.locator(f"[name={field}]").count() == 0
    assert visitor.complaints == []
