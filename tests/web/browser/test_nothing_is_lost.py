"""Nothing typed is ever lost, in any form: reloads, lost connections, killed browsers, ended sessions, other people."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from annotator.studies.services import member_add
from tests.web.browser.conftest import kill
from tests.web.browser.typed_forms import (
    COPIES,
    FORMS,
    IMPATIENT,
    SEND,
    WORDS,
    TypedForm,
    logs_in,
    logs_in_elsewhere,
)

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]


@pytest.fixture(params=FORMS, ids=lambda form: form.name)
def form(request: pytest.FixtureRequest) -> TypedForm:
    form: TypedForm = request.param
    return form


@pytest.mark.parametrize("answered", [True, False], ids=["after the answer", "before the answer"])
def test_a_reload_and_a_closed_tab_take_nothing(
    form: TypedForm, address: str, person: User, visit: Visit, answered: bool
) -> None:
    visitor = visit(person)
    page = visitor.page
    if not answered:
        page.route("**/draft/", lambda route: route.abort())
    visitor.opens(address)
    form.types(page)
    page.reload()
    form.is_back(page)
    page.close()
    again = visitor.context.new_page()
    again.goto(visitor.origin + address)
    form.is_back(again)
    if form.drafts():
        again.wait_for_function(COPIES, arg=0)
    assert not form.stored()


def test_a_browser_that_is_killed_before_the_server_heard_gives_the_words_back(
    form: TypedForm,
    address: str,
    person: User,
    machine: Callable[[User], Page],
    tmp_path: Path,
    live_server: Any,
) -> None:
    page = machine(person)
    page.route("**/draft/", lambda route: None)  # however slow this machine is, the draft does not arrive before
    page.goto(live_server.url + address)
    page.locator(form.ticks).evaluate("field => field.click()")
    page.fill(form.field, WORDS)
    page.wait_for_function(COPIES, arg=1)
    kill(tmp_path)
    assert not form.drafts()
    again = machine(person)
    again.goto(live_server.url + address)
    form.is_back(again)


@pytest.mark.parametrize("tab", ["same", "other"])
def test_an_ended_session_is_said_and_logging_in_again_gives_everything_back(
    form: TypedForm, address: str, person: User, visit: Visit, tab: str
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    page.wait_for_load_state("networkidle")
    Session.objects.all().delete()
    form.types(page)
    page.click(SEND)
    expect(page.locator("#notice")).to_contain_text("You are logged out")
    form.is_back(page)
    assert not form.drafts()
    if tab == "same":
        logs_in(page, visitor.origin, form.person)
        visitor.opens(address)
        form.is_back(page)
    else:
        logs_in_elsewhere(visitor, form.person)
    page.click(SEND)
    form.is_taken(page, address)


def test_what_is_sent_without_a_connection_goes_by_itself_and_is_taken_once(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    form.types(page)
    page.click(SEND)
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
    form.is_back(page)
    visitor.context.set_offline(False)
    form.is_taken(page, address)


def test_a_button_that_is_drawn_anew_while_its_form_waits_sends_it_all_the_same(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    form.types(page)
    page.click(SEND)
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
    page.locator(SEND).first.evaluate("button => button.replaceWith(button.cloneNode(true))")
    visitor.context.set_offline(False)
    form.is_taken(page, address)


def test_a_request_that_is_never_answered_is_said_and_sent_again(
    form: TypedForm, address: str, person: User, visit: Visit
) -> None:
    visitor = visit(person)
    page = visitor.page
    page.add_init_script(IMPATIENT)
    visitor.opens(address)
    page.route("**/draft/", lambda route: None, times=1)
    page.route(form.sends_to, lambda route: None, times=1)
    form.types(page)
    page.click(SEND)
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
    form.is_taken(page, address)


def test_nothing_is_changed_while_it_is_on_its_way(form: TypedForm, address: str, person: User, visit: Visit) -> None:
    visitor = visit(person)
    page = visitor.opens(address)
    form.types(page)
    waiting: list[Any] = []
    page.route(
        form.sends_to, lambda route: waiting.append(route) if route.request.method == "POST" else route.continue_()
    )
    page.click(SEND)
    page.locator(form.field).focus()
    page.keyboard.type("lost with the page that the answer replaces")
    page.locator(form.ticks).evaluate("field => field.parentElement.click()")
    expect(page.locator("#saved")).to_contain_text("sending")
    form.is_back(page)
    waiting[0].continue_()
    form.is_taken(page, address)


def test_what_one_person_typed_is_never_stored_for_another_who_logged_in_since(
    form: TypedForm, address: str, person: User, visit: Visit, mallory: User
) -> None:
    membership = person.memberships.get()
    role = "lead" if membership.role == "owner" else membership.role
    member_add(study=membership.study, user=mallory, role=role, by=person)
    visitor = visit(person)
    page = visitor.opens(address)
    page.wait_for_load_state("networkidle")
    logs_in_elsewhere(visitor, "mallory")
    form.types(page)
    page.click(SEND)
    expect(page.locator("#notice")).to_contain_text("Somebody else is logged in")
    assert not form.drafts() + form.stored()
    form.is_back(page)
    logs_in_elsewhere(visitor, form.person)
    form.is_taken(page, address)  # sent by itself
