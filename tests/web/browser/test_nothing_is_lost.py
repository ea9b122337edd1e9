"""Nothing typed is ever lost: reloads, lost connections, killed browsers, two tabs and devices, an ended session."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from annotator.studies.models import Annotation, Assignment, Draft
from annotator.studies.services import assignment_choose_blind, case_next
from tests.cast import World
from tests.web.browser.conftest import kill

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
# Whether the browser keeps exactly these notes, of whatever cases, for want of the server's word.
KEPT = """(notes) => new Promise((resolve) => {
    indexedDB.open("cotrast").onsuccess = ({ target }) => {
        const all = target.result.transaction("outbox").objectStore("outbox").getAll();
        const noteOf = ({ fields }) => fields.find(([name]) => name === "note")[1];
        all.onsuccess = () => resolve(JSON.stringify(all.result.map(noteOf)) === JSON.stringify(notes));
    };
})"""


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
    page.wait_for_function(KEPT, arg=[])


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


def says_everything(visitor: Any) -> None:
    """Label, pattern, effect, dispute, a piece of evidence and a note, by keys."""
    visitor.presses("Escape", "u", "3", "j", "]", "e", "t")
    visitor.page.keyboard.type(", in a tunnel")


def two_minutes(page: Page) -> None:
    for _ in range(12):
        page.clock.run_for(10_000)


def test_two_minutes_without_a_connection_lose_nothing(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    visitor.page.clock.install()
    page = visitor.opens(case(named))
    visitor.presses("t")
    page.keyboard.type("before")
    visitor.waits_for_saved()
    visitor.context.set_offline(True)
    says_everything(visitor)
    two_minutes(page)
    page.keyboard.type(", and later")
    two_minutes(page)
    expect(page.locator("#saved")).to_have_attribute("data-state", "kept")
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    assert Draft.objects.get().content["label"] == ""
    back = time.monotonic()
    visitor.context.set_offline(False)
    visitor.waits_for_saved()
    expect(page.locator("#saved [role=status]")).to_have_text("saved")
    expect(page.locator("#said")).to_be_hidden()
    assert time.monotonic() - back < 10
    content = Draft.objects.get().content
    assert content["note"] == "before, in a tunnel, and later"
    assert (content["label"], content["patterns"], content["wrong"]) == ("hurt", ["neglected"], {"right-1": ""})
    assert len(content["spans"]) == 1
    page.wait_for_function(KEPT, arg=[])


def test_a_judgement_sent_in_two_minutes_without_a_connection_arrives_whole_and_once(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    visitor.page.clock.install()
    page = visitor.opens(case(named))
    visitor.context.set_offline(True)
    says_everything(visitor)
    visitor.presses("Control+Enter")
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    two_minutes(page)
    visitor.presses("Control+Enter")
    back = time.monotonic()
    visitor.context.set_offline(False)
    expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast", timeout=10_000)
    assert time.monotonic() - back < 10
    annotation = Annotation.objects.get()
    assert (annotation.label, annotation.note) == ("hurt", ", in a tunnel")
    assert [pattern.slug for pattern in annotation.patterns.all()] == ["neglected"]
    assert (annotation.disputes.count(), len(annotation.spans)) == (1, 1)
    page.wait_for_function(KEPT, arg=[])


def test_the_draft_is_saved_while_somebody_types_without_a_pause(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    visitor.page.clock.install()
    page = visitor.opens(case(named))
    page.clock.pause_at(time.time() + 3600)
    visitor.presses("t")
    with page.expect_response("**/draft/") as saved:
        for letter in "abcde":
            page.keyboard.type(letter)
            page.clock.run_for(200)
    assert saved.value.ok
    page.clock.resume()
    visitor.waits_for_saved()


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


def test_the_second_device_is_told_and_keeps_its_words_whatever_the_first_goes_on_with(
    named: Assignment, visit: Visit, alice: User
) -> None:
    laptop, tablet = visit(alice), visit(alice)
    for device in (laptop, tablet):
        device.opens(case(named))
    laptop.page.fill("#note", "from the laptop")
    laptop.waits_for_saved()
    tablet.page.fill("#note", "from the tablet")
    expect(tablet.page.locator("#said")).to_contain_text("another tab or device saved")
    laptop.page.fill("#note", "from the laptop, later")
    laptop.waits_for_saved()
    assert Draft.objects.get().content["note"] == "from the laptop, later"
    tablet.page.reload()
    expect(tablet.page.locator("#note")).to_have_value("from the laptop, later")
    tablet.page.get_by_role("button", name="Take mine").click()
    tablet.waits_for_saved()
    assert Draft.objects.get().content["note"] == "from the tablet"
    tablet.page.wait_for_function(KEPT, arg=[])


def test_the_words_of_a_tab_that_was_refused_survive_what_the_other_tab_saves(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    first = visitor.opens(case(named))
    second = visitor.context.new_page()
    second.goto(visitor.origin + case(named))
    first.fill("#note", "first")
    visitor.waits_for_saved()
    second.fill("#note", "second")
    expect(second.locator("#said")).to_contain_text("another tab or device saved")
    second.fill("#note", "second, at length")
    first.fill("#note", "first, later")
    visitor.waits_for_saved()
    second.wait_for_function(KEPT, arg=["second, at length"])
    second.reload()
    expect(second.locator("#note")).to_have_value("first, later")
    second.get_by_role("button", name="Take mine").click()
    expect(second.locator("#note")).to_have_value("second, at length")
    second.wait_for_selector("#saved[data-state=saved]")
    second.wait_for_function(KEPT, arg=[])


# ---- a browser that is killed ----


def test_a_browser_that_is_killed_before_the_draft_is_sent_gives_the_words_back(
    named: Assignment, machine: Callable[[User], Page], tmp_path: Path, live_server: Any, alice: User
) -> None:
    page = machine(alice)
    page.route("**/draft/", lambda route: None)  # however slow this machine is, the draft does not arrive before
    page.goto(live_server.url + case(named))
    page.keyboard.press("t")
    page.keyboard.type("killed in mid-no")
    page.wait_for_function(KEPT, arg=["killed in mid-no"])
    kill(tmp_path)
    assert not Draft.objects.exists()
    again = machine(alice)
    again.goto(live_server.url + case(named))
    expect(again.locator("#note")).to_have_value("killed in mid-no")
    again.wait_for_selector("#saved[data-state=saved]")
    assert Draft.objects.get().content["note"] == "killed in mid-no"


def test_after_a_kill_another_browser_shows_what_the_server_has(
    named: Assignment, machine: Callable[[User], Page], tmp_path: Path, live_server: Any, alice: User, visit: Visit
) -> None:
    page = machine(alice)
    page.goto(live_server.url + case(named))
    page.fill("#note", "saved, then killed")
    page.wait_for_selector("#saved[data-state=saved]")
    kill(tmp_path)
    other = visit(alice).opens(case(named))
    expect(other.locator("#note")).to_have_value("saved, then killed")
