"""The people's day in a browser: the end of the queue, skips, own cases, reworks, flags, and decisions by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotator.studies.models import Adjudication, Assignment, Flag
from annotator.studies.services import (
    assignment_skip,
    case_next,
    flag_answer,
    flag_raise,
    rework_request,
)
from tests.studies.annotating import held_by
from tests.web.browser.differing import make_differing
from tests.web.browser.gallery import Gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)

STUDY = "/studies/does-reasoning-help/"


@pytest.fixture
def gallery(alice: User, bob: User, lena: User, carol: User) -> Gallery:
    return make_differing(alice, bob, lena, carol)


def test_the_page_says_that_others_hold_the_last_case_and_offers_it_once_it_is_free(
    gallery: Gallery, visit: Callable[..., Any], alice: User, bob: User
) -> None:
    bobs = held_by(gallery.study, bob)
    gallery.study.cases.exclude(pk=bobs.case_id).update(complete=True)
    Assignment.objects.exclude(pk=bobs.pk).filter(case=bobs.case_id).delete()
    gallery.study.overlap = 1
    gallery.study.save()
    visitor = visit(alice)
    page = visitor.opens(f"/cases/{gallery.judged.case_id}/")
    page.wait_for_load_state("networkidle")
    page.locator("#annotation").evaluate("form => form.requestSubmit()")  # revised as it is: the queue has no other
    expect(page.locator("#queue")).to_contain_text("Others hold the last case that is left.")
    assignment_skip(assignment=bobs, reason="I wrote it.")
    page.locator("#queue-next").click(timeout=30_000)  # found by the page itself
    expect(page).to_have_url(f"{visitor.origin}/cases/{bobs.case_id}/")
    assert visitor.complaints == []


def test_own_cases_are_walked_through_by_keyboard(gallery: Gallery, visit: Callable[..., Any], alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.presses(",")
    expect(page).to_have_url(f"{visitor.origin}/cases/{gallery.judged.case_id}/")
    visitor.presses(".")
    expect(page).to_have_url(f"{visitor.origin}/cases/{gallery.held.case_id}/")
    visitor.presses(".")
    expect(page).to_have_url(f"{visitor.origin}{STUDY}mine/")
    assert visitor.complaints == []


def test_a_decision_without_a_reason_is_asked_for_it_and_sends_nothing(
    gallery: Gallery, visit: Callable[..., Any], carol: User
) -> None:
    visitor = visit(carol)
    page = visitor.opens(f"{STUDY}adjudicate/{gallery.judged.case_id}/")
    page.wait_for_load_state("networkidle")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/decide/" in request.url else None)
    visitor.presses("Enter")
    expect(page.locator("#missing")).to_have_text("Still needed: a label.")
    page.locator("body").press("Escape")
    page.locator("[data-take=A]").click()
    expect(page.locator("#missing")).to_have_text("Still needed: your reason, in a few words.")
    page.locator("#annotation-A").click()
    visitor.presses("Control+Enter", "Enter")
    expect(page.locator("#reason")).to_be_focused()
    assert sent == []
    page.keyboard.type("As A says.")
    expect(page.locator("#missing")).to_be_empty()
    visitor.presses("Control+Enter")
    page.wait_for_url(lambda url: str(gallery.judged.case_id) not in url)
    assert Adjudication.objects.get().reason == "As A says."
    assert visitor.complaints == []


def test_a_note_becomes_the_reason_only_by_the_adjudicators_own_act(
    gallery: Gallery, visit: Callable[..., Any], carol: User
) -> None:
    visitor = visit(carol)
    page = visitor.opens(f"{STUDY}adjudicate/{gallery.held.case_id}/")
    page.wait_for_load_state("networkidle")
    page.locator("[data-take=A]").click()
    expect(page.locator("#reason")).to_have_value("")
    page.locator("#cite").click()
    note = page.locator("[aria-labelledby='note-A annotation-A']").inner_text()
    expect(page.locator("#reason")).to_have_value(f"A: “{note}”")
    visitor.presses("Control+Enter")
    page.wait_for_url(lambda url: str(gallery.held.case_id) not in url)
    assert Adjudication.objects.get().reason == f"A: “{note}”"


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_day(
    gallery: Gallery, visit: Callable[..., Any], alice: User, bob: User, lena: User, look: str
) -> None:
    assignment_skip(assignment=held_by(gallery.study, alice), reason="I wrote this prompt myself.")
    flag_answer(flag=Flag.objects.get(), author=lena, text="Yes, a comma inside a number counts: read it literally.")
    bobs = Assignment.objects.get(annotator=bob, case=gallery.held.case_id)
    rework_request(assignment=bobs, author=lena, note="Please count the commas once more.", base_revision=1)
    held = case_next(study=gallery.study, annotator=alice)
    if held is not None:
        flag_raise(assignment=held, reason="Is a title a sentence?")
    alices, bobs_page, lenas = visit(alice, **LOOKS[look]), visit(bob, **LOOKS[look]), visit(lena, **LOOKS[look])
    for visitor, name, path in (
        (alices, "home-annotator", "/"),
        (alices, "own-cases", f"{STUDY}mine/"),
        (alices, "case-flag-answered", f"/cases/{gallery.held.case_id}/"),
        (alices, "study-annotator", STUDY),
        (bobs_page, "case-sent-back", f"/cases/{gallery.held.case_id}/"),
        (lenas, "home-lead", "/"),
        (lenas, "skips", f"{STUDY}skips/"),
        (lenas, "adjudication-list", f"{STUDY}adjudicate/"),
        (lenas, "adjudication-sent-back", f"{STUDY}adjudicate/{gallery.held.case_id}/"),
    ):
        page = visitor.opens(path)
        page.wait_for_load_state("networkidle")
        looked_at(page, name, look)
        assert visitor.complaints == []
    page.locator("button", has_text="Send back to").first.click()
    page.wait_for_selector("dialog:popover-open")
    looked_at(page, "adjudication-send-back", look)
