"""Submitting an annotation: without a connection, after a lost answer, against a newer revision, and cancelled."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from annotator.runs.models import Generation
from annotator.studies.models import Annotation, Assignment, Draft
from annotator.studies.services import assignment_choose_blind, member_add
from tests.cast import World, make_world
from tests.studies.annotating import held_by
from tests.web.browser.typed_forms import COPIES

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
NEXT = "Case 2 · Does reasoning help? · Cotrast"


@pytest.fixture
def world(alice: User, bob: User) -> World:
    """A world in which everybody may annotate every case."""
    made = make_world(overlap=2)
    for person in (alice, bob):
        member_add(study=made.study, user=person, role="annotator")
    return made


@pytest.fixture
def named(world: World, alice: User) -> Assignment:
    return held(world, alice)


def held(world: World, person: User) -> Assignment:
    """The person's case with the blind choice made."""
    return assignment_choose_blind(assignment=held_by(world.study, person), choice="left")


def case(assignment: Assignment) -> str:
    return f"/cases/{assignment.case_id}/"


def test_a_mind_that_changes_after_a_lost_answer_is_asked_and_not_swallowed(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/submit/", lose, times=1)
    # The draft is tried again seconds after the lost answer. For the server the annotation is there: it is no draft.
    with page.expect_response("**/draft/", timeout=30_000) as late:
        visitor.presses("h", "Enter")
    assert late.value.status == 409
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
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
    expect(page.locator("#skip [data-notice]")).to_contain_text("cannot be reached")
    page.locator("#skip").get_by_role("button", name="Back").click()
    visitor.context.set_offline(False)
    page.clock.run_for(20_000)
    visitor.presses("u")
    visitor.waits_for_saved()
    named.refresh_from_db()
    assert named.status == "held"


def test_a_page_that_is_no_answer_to_a_submission_takes_no_words_away(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    Assignment.objects.filter(pk=named.pk).update(annotator=User.objects.create(username="somebody"))
    visitor.presses("h", "t")
    page.keyboard.type("still here")
    visitor.presses("Control+Enter")
    expect(page.locator("#notice")).to_contain_text("had a problem")
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
    expect(page.locator("#spans-status")).to_contain_text("Mark words in the prompt")
    page.click("[data-shows=diff]")
    expect(page.locator(".diff").first).to_have_text("The answer is empty.")
    page.click("[data-shows=markdown]")
    expect(page.locator(".markdown").first).to_have_text("The answer is empty.")
    assert not visitor.complaints


def test_a_skipped_case_does_not_count_as_done(world: World, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens("/studies/pilot/")
    with page.expect_response("**/prefetch/") as answer:
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
    with page.expect_response("**/prefetch/") as answer:
        page.get_by_role("button", name="Start labelling").click()
    answer.value.finished()
    prefetched = Assignment.objects.get(status="prefetched")
    type(prefetched.case).objects.filter(pk=prefetched.case_id).update(complete=True)
    prefetched.delete()
    with page.expect_response("**/prefetch/"):
        visitor.presses("ArrowLeft", "Enter")
        page.wait_for_selector("form.whole")
        visitor.presses("h", "Enter")
        expect(page).to_have_title(NEXT)
    assert Assignment.objects.filter(status="prefetched").exists()


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


def says_everything(visitor: Any) -> None:
    """Enter label, pattern, effect, dispute, evidence span and note by keys."""
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
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
    assert Draft.objects.get().content["label"] == ""
    back = time.monotonic()
    visitor.context.set_offline(False)
    visitor.waits_for_saved()
    expect(page.locator("#saved [role=status]")).to_have_text("saved")
    expect(page.locator("#notice")).to_be_hidden()
    assert time.monotonic() - back < 10
    content = Draft.objects.get().content
    assert content["note"] == "before, in a tunnel, and later"
    assert (content["label"], content["patterns"], content["disputes"]) == ("hurt", ["neglected"], {"right-1": ""})
    assert len(content["spans"]) == 1
    page.wait_for_function(COPIES, arg=0)


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
    second.fill("#note", "second annotation")
    second.keyboard.press("Control+Enter")
    expect(second.locator(".notice[role=alert]")).to_contain_text("revision 1 was submitted from another tab")
    assert second.locator("#note").input_value() == "second annotation"
    second.keyboard.press("Escape")
    second.locator("form.whole button.primary").click()
    expect(second).to_have_title("Case 2 · Does reasoning help? · Cotrast")
    assert [each.label for each in Annotation.objects.order_by("revision")] == ["helped", "hurt"]


def test_a_draft_of_another_device_is_kept_until_the_page_that_never_saw_it_submits_again(
    named: Assignment, visit: Visit, alice: User
) -> None:
    laptop, phone = visit(alice), visit(alice)
    page = laptop.opens(f"/cases/{named.case_id}/")
    phone.opens(f"/cases/{named.case_id}/")
    phone.page.fill("#note", "an hour of words, from the phone")
    phone.waits_for_saved()
    page.locator("input[name=label][value=hurt]").evaluate("field => field.click()")
    page.fill("#note", "from the laptop")
    expect(page.locator("#notice")).to_contain_text("another tab or device saved")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[role=alert]")).to_contain_text("submit again to replace them")
    expect(page.locator("#note")).to_have_value("from the laptop")
    assert Draft.objects.get().content["note"] == "an hour of words, from the phone"
    page.focus("#note")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: f"/cases/{named.case_id}/" not in url)
    assert Annotation.objects.get().note == "from the laptop"


def test_a_label_against_all_effects_is_questioned_once_and_nothing_is_typed_again(
    named: Assignment, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(named))
    visitor.presses("j", "o", "n", "Escape", "h", "t")
    page.keyboard.type("a note")
    visitor.presses("Control+Enter")
    question = page.locator("[data-answer]")
    expect(question).to_be_focused()
    expect(question).to_contain_text("no constraint that you judged supports it")
    expect(page.locator("#note")).to_have_value("a note")
    visitor.presses("Enter")
    expect(page).to_have_title(NEXT)
    annotation = Annotation.objects.get()
    assert (annotation.label, annotation.effects[0], annotation.note) == ("helped", "no_difference", "a note")
    assert [complaint for complaint in visitor.complaints if "422" not in complaint] == []
