"""The codebook editor: one lead's typed text beside another's saved version, in two tabs, in a preview."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.studies.models import Codebook
from annotator.studies.services import codebook_edit
from tests.cast import CODEBOOK, World
from tests.web.browser.typed_forms import CODEBOOK as FORM
from tests.web.browser.typed_forms import COPIES, EDITOR, SEND

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
GUIDELINE, NEW_NAME, NEXT_NAME = FORM.field, "#id_pattern-3-name", "#id_pattern-4-name"


def types(page: Page) -> None:
    """A paragraph and a new pattern."""
    page.fill(NEW_NAME, "Adds a friendly line")
    FORM.types(page)
    page.wait_for_function(COPIES, arg=1)


def is_back(page: Page) -> None:
    FORM.is_back(page)
    expect(page.locator(NEW_NAME)).to_have_value("Adds a friendly line")


def another_lead_saves(world: World, guideline: str = "The words of another lead.", **more: Any) -> None:
    world.study.refresh_from_db()
    content = {**CODEBOOK, "guideline": guideline, **more}
    codebook_edit(study=world.study, base_id=world.study.codebook_id, content=content)


def test_a_page_that_is_sent_without_the_script_and_refused_as_too_old_gives_the_words_back(
    world: World, visit: Visit, lena: User
) -> None:
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    types(page)
    visitor.context.clear_cookies(name="csrftoken")
    page.evaluate("document.querySelector('form[data-outbox]').submit()")
    expect(page.locator("h1")).to_have_text("This page is too old")
    page.go_back()
    is_back(page)


def test_the_language_a_link_and_a_closed_tab_take_nothing(world: World, visit: Visit, lena: User) -> None:
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    types(page)
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    is_back(page)
    page.get_by_role("button", name="English").click()
    is_back(page)
    page.get_by_role("link", name="Does reasoning help?").click()
    page.go_back()
    is_back(page)
    page.wait_for_function(COPIES, arg=1)
    page.close()
    again = visitor.context.new_page()
    again.goto(visitor.origin + EDITOR)
    is_back(again)


def test_what_is_brought_back_gives_way_to_what_is_saved_and_goes_when_it_is_dropped(
    world: World, visit: Visit, lena: User
) -> None:
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    types(page)
    page.reload()
    is_back(page)
    page.get_by_role("button", name="Show what is saved").click()
    expect(page.locator(GUIDELINE)).to_have_value("Read the prompt **twice**.")
    expect(page.locator(NEW_NAME)).to_have_value("")
    page.get_by_role("button", name="Take mine").click()
    is_back(page)
    page.reload()
    page.get_by_role("button", name="Show what is saved").click()
    page.get_by_role("button", name="Drop mine").click()
    page.wait_for_function(COPIES, arg=0)
    page.reload()
    expect(page.locator(GUIDELINE)).to_have_value("Read the prompt **twice**.")
    expect(page.locator("#back")).to_be_hidden()


def test_what_another_lead_saved_meanwhile_stands_and_mine_is_offered(world: World, visit: Visit, lena: User) -> None:
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    types(page)
    theirs = {"slug": "tone", "name": "tone", "hotkey": "9"}
    another_lead_saves(world, patterns=[*CODEBOOK["patterns"], theirs])
    page.reload()
    expect(page.locator(GUIDELINE)).to_have_value("The words of another lead.")
    expect(page.locator(NEW_NAME)).to_have_value("tone")
    expect(page.locator("#kept")).to_be_visible()
    page.get_by_role("button", name="Take mine").click()
    is_back(page)
    expect(page.locator("#kept")).to_be_hidden()
    page.click(SEND)
    expect(page.locator(".notice.success")).to_contain_text("version 3")
    assert [row.slug for row in Codebook.objects.get(version=3).patterns.all()][3] == "adds-a-friendly-line"


def test_a_save_on_top_of_an_older_version_is_refused_and_the_next_visit_offers_it(
    world: World, visit: Visit, lena: User
) -> None:
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    types(page)
    another_lead_saves(world)
    page.click(SEND)
    expect(page.locator(".notice[role=alert]")).to_contain_text("version 2 was saved meanwhile")
    expect(page.locator(".notice[role=alert]")).to_be_focused()
    is_back(page)
    page.reload()
    expect(page.locator(GUIDELINE)).to_have_value("The words of another lead.")
    page.get_by_role("button", name="Drop mine").click()
    page.wait_for_function(COPIES, arg=0)


def test_rows_beyond_those_on_the_page_come_back_too(world: World, visit: Visit, lena: User) -> None:
    """They were typed on top of a version with one pattern more."""
    another_lead_saves(world, patterns=[*CODEBOOK["patterns"], {"slug": "tone", "name": "tone", "hotkey": "9"}])
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    page.fill(NEXT_NAME, "the fifth")
    page.wait_for_function(COPIES, arg=1)
    another_lead_saves(world, "Shorter.")
    page.reload()
    expect(page.locator(NEXT_NAME)).to_be_hidden()
    page.get_by_role("button", name="Take mine").click()
    expect(page.locator(NEXT_NAME)).to_be_visible()
    expect(page.locator(NEXT_NAME)).to_have_value("the fifth")


def test_two_tabs_keep_their_words_apart_and_neither_writes_over_the_other(
    world: World, visit: Visit, lena: User
) -> None:
    visitor = visit(lena)
    first = visitor.opens(EDITOR)
    second = visitor.context.new_page()
    second.goto(visitor.origin + EDITOR)
    first.fill(GUIDELINE, "From the first tab.")
    first.wait_for_function(COPIES, arg=1)
    second.fill(GUIDELINE, "From the second tab.")
    second.wait_for_function(COPIES, arg=2)
    first.close()
    second.reload()
    expect(second.locator(GUIDELINE)).to_have_value("From the second tab.")
    second.get_by_role("button", name="Take mine").click()
    expect(second.locator(GUIDELINE)).to_have_value("From the first tab.")
    second.get_by_role("button", name="Take mine").click()
    expect(second.locator(GUIDELINE)).to_have_value("From the second tab.")
    second.get_by_role("button", name="Drop mine").click()
    second.wait_for_function(COPIES, arg=1)


def test_a_preview_and_a_refusal_stay_in_the_browser_and_in_view(world: World, visit: Visit, lena: User) -> None:
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    types(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-answer]")).to_be_focused()
    expect(page.locator("[data-answer]")).to_be_in_viewport()
    page.fill(NEW_NAME, "")
    page.fill("#id_pattern-3-help", "Where it is friendly.")
    page.click(SEND)
    expect(page.locator("#id_pattern-3-name_error")).to_contain_text("Give this pattern a name")
    page.wait_for_selector("#saved[data-state=kept]")
    page.reload()
    expect(page.locator(GUIDELINE)).to_have_value("Typed for an hour.")
    expect(page.locator("#id_pattern-3-help")).to_have_value("Where it is friendly.")
    assert Codebook.objects.count() == 1


def test_enter_in_a_field_saves_and_the_key_passes_one_button_alone(world: World, visit: Visit, lena: User) -> None:
    visitor = visit(lena)
    page = visitor.opens(EDITOR)
    page.fill("#id_pattern-0-name", "formatting added")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.success")).to_contain_text("version 2")
    assert Codebook.objects.get(version=2).patterns.get(slug="formatting-gained").name == "formatting added"
    page.focus("#id_pattern-3-dropped")
    page.keyboard.press("Tab")
    expect(page.locator(SEND)).to_be_focused()
    page.focus(GUIDELINE)
    page.keyboard.press("Shift+Tab")
    expect(page.locator("main form button.unseen")).not_to_be_focused()
