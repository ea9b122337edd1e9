"""Drafts on the server: saved within a second, repeated after a lost answer, overwritten by no other tab or device."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.web.browser.conftest import kill
from tests.web.browser.typed_forms import COPIES, DRAFTED, KEPT, SEND, WORDS, TypedForm

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]


@pytest.fixture(params=DRAFTED, ids=lambda form: form.name)
def form(request: pytest.FixtureRequest) -> TypedForm:
    form: TypedForm = request.param
    return form


def test_the_draft_is_saved_while_somebody_types_without_a_pause(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    visitor.page.clock.install()
    page = visitor.opens(address)
    page.clock.pause_at(time.time() + 3600)
    page.focus(form.field)
    with page.expect_response("**/draft/") as saved:
        for letter in "abcde":
            page.keyboard.type(letter)
            page.clock.run_for(200)
    assert saved.value.ok
    page.clock.resume()
    visitor.waits_for_saved()


def test_an_answer_that_is_lost_on_its_way_back_is_no_conflict(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/draft/", lose, times=1)
    page.fill(form.field, "one")
    expect(page.locator("#saved")).to_have_attribute("data-state", "kept")
    page.fill(form.field, "one, two")
    visitor.waits_for_saved()
    assert form.drafts() == ["one, two"]


def test_words_typed_while_a_save_was_under_way_are_back_at_once_when_the_page_is_opened_again(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    stored: list[Any] = []
    page.route("**/draft/", lambda route: stored.append(route.fetch()))  # the page never hears of it
    page.fill(form.field, "one")
    while not stored:
        page.wait_for_timeout(20)
    page.fill(form.field, "one, two")
    page.wait_for_function(KEPT, arg="one, two")
    page.close()
    again = visitor.context.new_page()
    again.goto(visitor.origin + address)
    expect(again.locator(form.field)).to_have_value("one, two")
    expect(again.locator("#kept")).to_be_hidden()
    again.wait_for_selector("#saved[data-state=saved]")
    assert form.drafts() == ["one, two"]


@pytest.mark.parametrize("typed", [1, 2])
def test_a_page_that_was_made_before_a_save_and_arrives_after_it_shows_the_words(
    form: TypedForm, address: str, person: User, visit: Visit, typed: int
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    held: list[tuple[Any, Any]] = []
    page.route(visitor.origin + address, lambda route: held.append((route, route.fetch())), times=1)
    answers: list[str] = []
    page.on("requestfinished", lambda request: answers.append(request.url))

    def drafted() -> int:
        return sum(url.endswith("/draft/") for url in answers)

    page.fill(form.field, "one")
    page.evaluate("setTimeout(() => location.reload())")
    for saves in range(1, typed + 1):
        patience = time.monotonic() + 10
        while not (held and drafted() == saves) and time.monotonic() < patience:
            page.wait_for_timeout(20)
        page.wait_for_timeout(200)  # the page has read the answer
        if saves < typed:
            page.keyboard.type(", two")
    for route, old in held:
        route.fulfill(response=old)
    words = "one, two" if typed == 2 else "one"
    expect(page.locator(form.field)).to_have_value(words)
    page.wait_for_function(COPIES, arg=0)
    expect(page.locator("#kept")).to_be_hidden()
    assert form.drafts() == [words]
    page.focus(form.field)
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    visitor.waits_for_saved()
    assert form.drafts() == [f"{words}!"]


def test_a_page_that_was_left_in_vain_offers_no_older_words_later(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor, phone = visit(person), visit(person)
    page = visitor.opens(address)
    page.evaluate("dispatchEvent(new Event('beforeunload'))")  # as a download does
    page.fill(form.field, "one")
    visitor.waits_for_saved()
    phone.opens(address).fill(form.field, "one, two")
    phone.waits_for_saved()
    visitor.opens(address)
    page.wait_for_function(COPIES, arg=0)
    expect(page.locator(form.field)).to_have_value("one, two")
    expect(page.locator("#kept")).to_be_hidden()


def test_a_submission_waits_for_the_answer_to_the_save_under_way(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    form.types(page)
    visitor.waits_for_saved()
    held: list[tuple[Any, Any]] = []
    page.route("**/draft/", lambda route: held.append((route, route.fetch())), times=1)
    page.fill(form.field, "one")
    patience = time.monotonic() + 10
    while not held and time.monotonic() < patience:
        page.wait_for_timeout(20)
    page.fill(form.field, WORDS)
    page.wait_for_timeout(600)  # the editor has checked it
    page.click(SEND)
    page.wait_for_timeout(300)
    for route, answer in held:
        route.fulfill(response=answer)
    form.is_taken(page, address)


def test_words_that_never_reached_the_server_are_saved_when_the_page_is_opened_again(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    page.route("**/draft/", lambda route: route.abort())
    form.types(page)
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
    page.close()
    again = visitor.context.new_page()
    again.goto(visitor.origin + address)
    form.is_back(again)
    again.wait_for_selector("#saved[data-state=saved]")
    again.wait_for_function(COPIES, arg=0)
    assert form.drafts() == [WORDS]


def test_words_typed_without_a_connection_are_saved_when_there_is_one(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    form.types(page)
    expect(page.locator("#saved")).to_contain_text("kept in this browser")
    assert not form.drafts()
    visitor.context.set_offline(False)
    visitor.waits_for_saved()
    expect(page.locator("#notice")).to_be_hidden()
    page.wait_for_function(COPIES, arg=0)
    assert form.drafts() == [WORDS]


@pytest.mark.parametrize("where", ["tab", "device"])
def test_the_second_tab_or_device_is_told_and_keeps_its_words_whatever_the_first_goes_on_with(
    form: TypedForm, address: str, person: User, visit: Visit, where: str
) -> None:
    first, second = visit(person), visit(person)
    if where == "tab":
        second.page = first.context.new_page()
    for visitor in (first, second):
        visitor.opens(address)
    first.page.fill(form.field, "from the first")
    first.waits_for_saved()
    second.page.fill(form.field, "from the second")
    expect(second.page.locator("#notice")).to_contain_text("another tab or device saved")
    second.page.fill(form.field, "from the second, at length")
    assert form.drafts() == ["from the first"]
    first.page.fill(form.field, "from the first, later")
    first.waits_for_saved()
    second.page.wait_for_function(COPIES, arg=1)
    assert form.drafts() == ["from the first, later"]
    second.page.reload()
    expect(second.page.locator(form.field)).to_have_value("from the first, later")
    second.page.get_by_role("button", name="Take mine").click()
    expect(second.page.locator(form.field)).to_have_value("from the second, at length")
    second.waits_for_saved()
    second.page.wait_for_function(COPIES, arg=0)
    assert form.drafts() == ["from the second, at length"]


def test_what_a_second_tab_submits_in_vain_overwrites_nothing(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    first, second = visit(person), visit(person)
    for visitor in (first, second):
        visitor.opens(address)
    first.page.fill(form.field, "from the first")
    first.waits_for_saved()
    second.page.fill(form.field, "from the second")
    expect(second.page.locator("#notice")).to_contain_text("another tab or device saved")
    second.page.click(SEND, force=True)  # a repair that is not proved cannot be sent, and says why
    place, sentence = form.refusal
    expect(second.page.locator(place)).to_contain_text(sentence)
    expect(second.page.locator(form.field)).to_have_value("from the second")
    second.page.wait_for_function(COPIES, arg=1)
    assert form.drafts() == ["from the first"]


def test_after_a_kill_another_browser_shows_what_the_server_has(
    form: TypedForm,
    address: str,
    person: User,
    machine: Callable[[User], Page],
    tmp_path: Path,
    live_server: Any,
    visit: Visit,
) -> None:
    page = machine(person)
    page.goto(live_server.url + address)
    page.fill(form.field, "saved, then killed")
    page.wait_for_selector("#saved[data-state=saved]")
    kill(tmp_path)
    other = visit(person).opens(address)
    expect(other.locator(form.field)).to_have_value("saved, then killed")


@pytest.mark.parametrize(("status", "sentence"), [(500, "had a problem"), (502, "cannot be reached")])
def test_what_could_not_be_submitted_is_kept_as_a_draft(
    form: TypedForm, address: str, person: User, visit: Visit, status: int, sentence: str
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    page.route(form.sends_to, lambda route: route.fulfill(status=status, body="down"))
    page.route("**/draft/", lambda route: route.abort(), times=1)  # so that nothing is saved before
    form.types(page)
    page.click(SEND)
    visitor.waits_for_saved()
    expect(page.locator("#notice")).to_contain_text(sentence)  # the draft is saved, the form is not sent
    assert (form.drafts(), form.stored()) == ([WORDS], [])
