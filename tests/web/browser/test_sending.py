"""Between click and answer: nothing is sent for somebody else, changed under way, or sent against anybody's will."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from annotator.runs.models import Generation
from annotator.studies import services
from annotator.studies.models import Annotation, Assignment, Draft
from annotator.studies.services import assignment_choose_blind, case_next, member_add
from tests.cast import World, make_world
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
NEXT = "Case 2 · Does reasoning help? · Cotrast"
IMPATIENT = "const { timeout } = AbortSignal; AbortSignal.timeout = () => timeout.call(AbortSignal, 300);"


@pytest.fixture
def world(alice: User, bob: User) -> World:
    """Everybody may judge every case."""
    made = make_world(overlap=2)
    for person in (alice, bob):
        member_add(study=made.study, user=person, role="annotator")
    return made


@pytest.fixture
def named(world: World, alice: User) -> Assignment:
    return held(world, alice)


def held(world: World, person: User) -> Assignment:
    """The person's case with the blind choice made."""
    assignment = case_next(study=world.study, annotator=person)
    assert assignment is not None
    return assignment_choose_blind(assignment=assignment, choice="left")


def case(assignment: Assignment) -> str:
    return f"/cases/{assignment.case_id}/"


def logs_in(visitor: Visitor, name: str) -> None:
    """In another tab of the same browser, as a person does; whoever was there before is logged out."""
    other = visitor.context.new_page()
    other.goto(visitor.origin + "/")
    out = other.get_by_role("button", name="Log out")
    if out.count():
        out.click()
    other.goto(visitor.origin + "/login/")
    other.fill("#id_username", name)
    other.fill("#id_password", f"{name}-password-1")
    other.keyboard.press("Enter")
    expect(other).to_have_title("Studies · Cotrast")
    other.close()


def test_what_one_person_typed_is_never_stored_for_another_who_logged_in_since(
    world: World, named: Assignment, visit: Visit, alice: User, bob: User
) -> None:
    world.study.cases.exclude(pk=named.case_id).delete()
    held(world, bob)
    visitor = visit(alice)
    page = visitor.opens(case(named))
    logs_in(visitor, "bob")
    visitor.presses("h", "t")
    page.keyboard.type("alice's own words")
    expect(page.locator("#said")).to_contain_text("Somebody else is logged in")
    visitor.presses("Control+Enter")
    expect(page.locator("#said")).to_contain_text("Somebody else is logged in")
    assert not Draft.objects.exists()
    assert not Annotation.objects.exists()
    expect(page.locator("#note")).to_have_value("alice's own words")
    logs_in(visitor, "alice")
    expect(page).not_to_have_title("Case 1 · Does reasoning help? · Cotrast", timeout=12_000)  # sent by itself
    annotation = Annotation.objects.get()
    assert (annotation.assignment.annotator, annotation.note) == (alice, "alice's own words")


def test_nothing_is_changed_while_a_judgement_is_on_its_way(
    named: Assignment, visit: Visit, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, goes_on = services.annotation_submit, threading.Event()

    def slowly(**judgement: Any) -> Annotation:
        goes_on.wait(10)
        return taken(**judgement)

    monkeypatch.setattr(services, "annotation_submit", slowly)
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("h", "t")
    page.keyboard.type("before")
    visitor.presses("Control+Enter")
    page.keyboard.type(" and after")
    page.locator("input[value=hurt]").evaluate("field => field.parentElement.click()")
    expect(page.locator("#note")).to_have_value("before")
    expect(page.locator("input[value=helped]")).to_be_checked()
    expect(page.locator("#saved")).to_contain_text("sending")
    goes_on.set()
    expect(page).to_have_title(NEXT)
    annotation = Annotation.objects.get()
    assert (annotation.label, annotation.note) == ("helped", "before")


def test_a_mind_that_changes_after_a_lost_answer_is_asked_and_not_swallowed(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/submit/", lose, times=1)
    with page.expect_response("**/draft/") as late:  # for the server the judgement is there: this is no draft any more
        visitor.presses("h", "Enter")
    assert late.value.status == 409
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    visitor.presses("u", "t")
    page.keyboard.type("no, it hurt")
    expect(page.locator(".notice[role=alert]")).to_contain_text("revision 1 was submitted", timeout=12_000)
    expect(page.locator("input[value=hurt]")).to_be_checked()
    visitor.presses("Escape")
    page.locator("form.whole button.primary").click()
    expect(page).to_have_title(NEXT)
    assert list(Annotation.objects.order_by("revision").values_list("label", "note")) == [
        ("helped", ""),
        ("hurt", "no, it hurt"),
    ]


def test_a_skip_that_waits_for_a_connection_can_be_taken_back(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    visitor.page.clock.install()
    page = visitor.opens(case(named))
    visitor.context.set_offline(True)
    visitor.presses("x")
    page.keyboard.type("mine")
    visitor.presses("Enter")
    expect(page.locator("#skip [data-said]")).to_contain_text("cannot be reached")
    page.locator("#skip").get_by_role("button", name="Back").click()
    visitor.context.set_offline(False)
    page.clock.run_for(20_000)
    visitor.presses("u")
    visitor.waits_for_saved()
    named.refresh_from_db()
    assert named.status == "held"


def test_a_request_that_is_never_answered_is_said_and_sent_again(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.page
    page.add_init_script(IMPATIENT)
    visitor.opens(case(named))
    for address in ("**/draft/", "**/submit/"):
        page.route(address, lambda route: None, times=1)
    visitor.presses("h", "t")
    page.keyboard.type("into the void")
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    visitor.presses("Control+Enter")
    expect(page).to_have_title(NEXT, timeout=12_000)
    assert Annotation.objects.get().note == "into the void"


@pytest.mark.parametrize(("status", "sentence"), [(500, "had a problem"), (502, "cannot be reached")])
def test_what_could_not_be_submitted_is_kept_as_a_draft(
    named: Assignment, visit: Visit, alice: User, status: int, sentence: str
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    page.route("**/submit/", lambda route: route.fulfill(status=status, body="down"))
    visitor.presses("h", "t")
    page.keyboard.type("x")
    visitor.presses("Control+Enter")
    visitor.waits_for_saved()
    expect(page.locator("#said")).to_contain_text(sentence)  # the draft is saved, the judgement is not sent
    assert Draft.objects.get().content["note"] == "x"


def test_a_page_that_is_no_answer_to_a_submission_takes_no_words_away(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    Assignment.objects.filter(pk=named.pk).update(annotator=User.objects.create(username="somebody"))
    visitor.presses("h", "t")
    page.keyboard.type("still here")
    visitor.presses("Control+Enter")
    expect(page.locator("#said")).to_contain_text("had a problem")
    expect(page.locator("#note")).to_have_value("still here")


def test_a_case_that_others_have_filled_keeps_the_words_and_leads_on(
    world: World, named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    for name in ("erin", "frank"):
        fast = Assignment(case=named.case, annotator=User.objects.create(username=name), second_is_left=False)
        fast.status, fast.lease_until = Assignment.Status.SUBMITTED, named.lease_until
        fast.save()
    visitor.presses("h", "t")
    page.keyboard.type("too late")
    visitor.presses("Control+Enter")
    expect(page.locator(".notice[role=alert]")).to_contain_text("others have filled it; your draft is kept")
    expect(page.locator("#saved")).to_contain_text("saved")
    page.get_by_role("button", name="Next case").click()
    expect(page.get_by_text("Which answer obeys the instructions better?")).to_be_visible()


def test_a_browser_that_remembers_nothing_still_takes_keys(named: Assignment, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    visitor.page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('off'); } })")
    page = visitor.opens(case(named))
    visitor.presses("h", "v")
    expect(page.locator("input[value=helped]")).to_be_checked()
    expect(page.locator("html")).to_have_attribute("data-view", "markdown")
    assert not visitor.complaints


def test_evidence_is_asked_for_in_words_where_both_answers_are_empty(
    named: Assignment, visit: Visit, alice: User
) -> None:
    Generation.objects.filter(pk__in=[named.case.first_id, named.case.second_id]).update(answer="")
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("e")
    expect(page.locator("#spans-said")).to_contain_text("Mark words in the prompt")
    page.click("[data-shows=diff]")
    expect(page.locator(".diff").first).to_have_text("The answer is empty.")
    page.click("[data-shows=markdown]")
    expect(page.locator(".markdown").first).to_have_text("The answer is empty.")
    assert not visitor.complaints


def test_a_skipped_case_does_not_count_as_done(world: World, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens("/studies/pilot/")
    with page.expect_response("**/ahead/") as answer:
        page.get_by_role("button", name="Start labelling").click()
    answer.value.finished()
    first = page.url
    visitor.presses("x")
    page.keyboard.type("mine")
    visitor.presses("Enter")
    expect(page).not_to_have_url(first)
    shown = where(page)
    page.reload()
    assert where(page) == shown == "case 1 of 3"


def where(page: Page) -> str:
    return page.locator(".where").inner_text().rpartition("/")[2].strip()


def test_after_another_case_than_the_one_fetched_the_next_is_fetched_again(
    world: World, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens("/studies/pilot/")
    with page.expect_response("**/ahead/") as answer:
        page.get_by_role("button", name="Start labelling").click()
    answer.value.finished()
    ahead = Assignment.objects.get(status="ahead")
    type(ahead.case).objects.filter(pk=ahead.case_id).update(filled=True)
    ahead.delete()
    with page.expect_response("**/ahead/"):
        visitor.presses("ArrowLeft", "Enter")
        page.wait_for_selector("form.whole")
        visitor.presses("h", "Enter")
        expect(page).to_have_title(NEXT)
    assert Assignment.objects.filter(status="ahead").exists()


def test_a_piece_of_evidence_throws_nobody_about_in_a_view_that_does_not_show_it(
    named: Assignment, visit: Visit, alice: User
) -> None:
    Generation.objects.filter(pk__in=[named.case.first_id, named.case.second_id]).update(answer="Line.\n" * 300)
    visitor = visit(alice, viewport={"width": 1280, "height": 500})
    page = visitor.opens(case(named))
    visitor.presses("e")
    page.click("[data-shows=diff]")
    expect(page.locator(".diff").first).to_be_visible()
    chip = page.locator("#spans .chip")
    chip.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    chip.click()
    assert page.evaluate("scrollY") == before
