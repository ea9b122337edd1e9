"""Nothing typed is ever lost: reloads, lost connections, two tabs, an ended session."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from annotator.studies.models import Annotation, Assignment, Draft
from annotator.studies.services import assignment_choose_blind, case_next
from tests.cast import World

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]


@pytest.fixture
def named(world: World, alice: User) -> Assignment:
    """Alice's case with the blind choice made."""
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    return assignment_choose_blind(assignment=assignment, choice="left")


def case(assignment: Assignment) -> str:
    return f"/cases/{assignment.case_id}/"


def test_a_reload_keeps_the_draft(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("u", "3", "t")
    page.keyboard.type("half a thought")
    visitor.waits_for_saved()
    page.reload()
    assert page.locator("#note").input_value() == "half a thought"
    expect(page.locator("input[value=hurt]")).to_be_checked()
    expect(page.locator("input[value=neglected]")).to_be_checked()
    assert page.evaluate("Object.keys(localStorage).filter(name => name.includes('outbox')).length") == 0


def test_a_browser_that_dies_before_the_server_heard_gives_the_words_back(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    page.route("**/draft/", lambda route: route.abort())
    visitor.presses("t")
    page.keyboard.type("never reached the server")
    expect(page.locator("#saved")).to_have_attribute("data-state", "kept")
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    page.close()
    again = visitor.context.new_page()
    again.goto(visitor.origin + case(named))
    assert again.locator("#note").input_value() == "never reached the server"
    again.wait_for_selector("#saved[data-state=saved]")
    assert Draft.objects.get().content["note"] == "never reached the server"


def test_what_is_typed_offline_is_saved_once_the_connection_is_back(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("t")
    page.keyboard.type("before, ")
    visitor.waits_for_saved()
    visitor.context.set_offline(True)
    page.keyboard.type("during, ")
    expect(page.locator("#saved")).to_have_attribute("data-state", "kept")
    page.keyboard.type("still during")
    visitor.context.set_offline(False)
    visitor.waits_for_saved()
    assert Draft.objects.get().content["note"] == "before, during, still during"


def test_an_answer_that_is_lost_on_its_way_back_is_no_conflict(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    lost: list[bool] = []

    def lose_the_first(route: Any) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(True)
            route.fetch()
            route.abort()

    page.route("**/draft/", lose_the_first)
    visitor.presses("t")
    page.keyboard.type("one")
    expect(page.locator("#saved")).to_have_attribute("data-state", "kept")
    page.keyboard.type(", two")
    visitor.waits_for_saved()
    assert Draft.objects.get().content["note"] == "one, two"


def test_a_submission_while_offline_is_sent_by_itself_and_counts_once(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("h", "t")
    page.keyboard.type("sent from a tunnel")
    visitor.context.set_offline(True)
    visitor.presses("Control+Enter")
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    assert page.locator("#note").input_value() == "sent from a tunnel"
    visitor.context.set_offline(False)
    expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast", timeout=10_000)
    assert [each.note for each in Annotation.objects.all()] == ["sent from a tunnel"]


def test_the_second_tab_is_told_and_overwrites_nothing(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    first = visitor.opens(case(named))
    second = visitor.context.new_page()
    second.goto(visitor.origin + case(named))
    first.fill("#note", "from the first tab")
    visitor.waits_for_saved()
    second.fill("#note", "from the second tab")
    expect(second.locator("#said")).to_contain_text("another tab or device saved")
    assert Draft.objects.get().content["note"] == "from the first tab"
    second.reload()
    assert second.locator("#note").input_value() == "from the first tab"
    second.get_by_role("button", name="Take mine").click()
    second.wait_for_selector("#saved[data-state=saved]")
    assert Draft.objects.get().content["note"] == "from the second tab"


def test_a_stale_submission_shows_one_sentence_and_keeps_everything(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    first = visitor.opens(case(named))
    second = visitor.context.new_page()
    second.goto(visitor.origin + case(named))
    first.keyboard.press("h")
    first.keyboard.press("Enter")
    expect(first).to_have_title("Case 2 · Does reasoning help? · Cotrast")
    second.keyboard.press("u")
    second.fill("#note", "second opinion")
    second.keyboard.press("Control+Enter")
    expect(second.locator(".notice[role=alert]")).to_contain_text("revision 1 was submitted from another tab")
    assert second.locator("#note").input_value() == "second opinion"
    second.keyboard.press("Escape")
    second.locator("form.whole button.primary").click()
    expect(second).to_have_title("Case 2 · Does reasoning help? · Cotrast")
    assert [each.label for each in Annotation.objects.order_by("revision")] == ["helped", "hurt"]


def test_an_ended_session_is_said_in_words_and_logging_in_elsewhere_mends_it(
    named: Assignment, visit: Visit, alice: User, client_for: Callable[[User], str]
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    Session.objects.all().delete()
    visitor.presses("u", "t")
    page.keyboard.type("typed while logged out")
    expect(page.locator("#said")).to_contain_text("You are logged out")
    other = visitor.context.new_page()
    other.goto(visitor.origin + "/login/")
    other.fill("#id_username", "alice")
    other.fill("#id_password", "alice-password-1")
    other.keyboard.press("Enter")
    expect(other).to_have_title("Studies · Cotrast")
    page.bring_to_front()
    page.keyboard.press("Control+Enter")
    expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast")
    assert Annotation.objects.get().note == "typed while logged out"
