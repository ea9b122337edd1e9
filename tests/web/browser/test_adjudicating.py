"""Adjudication in a real browser: by keyboard alone, nothing typed is lost, and pictures of every page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from annotator.studies.models import Adjudication, Rework
from tests.web.browser.differing import make_differing
from tests.web.browser.gallery import Gallery
from tests.web.browser.test_screens import LOOKS, looked_at
from tests.web.browser.typed_forms import logs_in_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gallery(alice: User, bob: User, lena: User, carol: User) -> Gallery:
    return make_differing(alice, bob, lena, carol)


def test_carol_decides_two_cases_by_keyboard_alone(gallery: Gallery, visit: Callable[..., Any], carol: User) -> None:
    visitor = visit(carol)
    page = visitor.opens("/studies/does-reasoning-help/adjudicate/")
    visitor.presses("Enter")
    expect(page).to_have_title(f"Decide case {gallery.held.case_id} · Does reasoning help? · Cotrast")
    page.wait_for_load_state()
    visitor.presses("m")
    expect(page.locator("[data-use][aria-pressed=true]")).to_have_count(4)
    expect(page.locator("[name=label]:checked")).to_have_count(0)
    visitor.presses("i", "i", "Enter", "u", "3", "j", "e", "Shift+Alt+ArrowLeft", "t")
    page.keyboard.type("The comma rule is plain; uxb are only letters here.")
    visitor.presses("Control+Enter")
    expect(page).to_have_title(f"Decide case {gallery.judged.case_id} · Does reasoning help? · Cotrast")
    expect(page.locator("#reason")).to_have_value("")
    visitor.presses("a", "t")
    page.keyboard.type("As A says.")
    visitor.presses("Escape", "Enter")
    page.wait_for_url("**/adjudicate/")

    first, second = Adjudication.objects.order_by("pk")
    assert (first.label, first.author) == ("hurt", carol)
    assert [pattern.slug for pattern in first.patterns.all()] == ["unasked-addition"]
    # One of the four was dropped; a comma, lit up with its constraint, was marked and its start moved by a word.
    assert [span["quote"] for span in first.spans] == [
        "Do not use any commas",
        "small,",
        "Ride home folded. We hope",
        "We hope you enjoy every ride with us!",
    ]
    assert second.reason == "As A says."
    assert not visitor.complaints


def test_the_second_adjudicator_is_told_and_loses_nothing(
    gallery: Gallery, visit: Callable[..., Any], carol: User, lena: User
) -> None:
    path = f"/studies/does-reasoning-help/adjudicate/{gallery.held.case_id}/"
    carols, lenas = visit(carol), visit(lena)
    for visitor, key, reason in ((carols, "u", "First."), (lenas, "h", "Second.")):
        visitor.opens(path)
        visitor.presses(key, "t")
        visitor.page.keyboard.type(reason)
    carols.presses("Control+Enter")
    expect(carols.page).to_have_title(f"Decide case {gallery.judged.case_id} · Does reasoning help? · Cotrast")
    lenas.presses("Control+Enter")
    expect(lenas.page.get_by_role("alert")).to_contain_text("decision 1 was taken meanwhile")
    expect(lenas.page.locator("#reason")).to_have_value("Second.")
    lenas.presses("t", "Control+Enter")
    expect(lenas.page).to_have_title(f"Decide case {gallery.judged.case_id} · Does reasoning help? · Cotrast")
    assert list(Adjudication.objects.values_list("revision", "reason")) == [(1, "First."), (2, "Second.")]


def test_a_note_to_an_annotator_outlasts_the_session_that_ended_while_it_was_written(
    gallery: Gallery, visit: Callable[..., Any], carol: User
) -> None:
    visitor = visit(carol)
    page = visitor.opens(f"/studies/does-reasoning-help/adjudicate/{gallery.held.case_id}/")
    page.wait_for_load_state("networkidle")
    page.fill("#reason", "Half a reason")
    visitor.waits_for_saved()
    page.get_by_role("button", name="Send back to A").click()
    page.fill("#rework-note-A", "Please count the commas once more.")
    Session.objects.all().delete()
    page.locator("#rework-A button.primary").click()
    expect(page.locator("#rework-A [data-notice]")).to_contain_text("You are logged out")
    expect(page.locator("#rework-note-A")).to_have_value("Please count the commas once more.")
    logs_in_elsewhere(visitor, "carol")
    expect(page.get_by_role("button", name="Take back what was sent to A")).to_be_visible(timeout=12_000)
    assert Rework.objects.get().note == "Please count the commas once more."
    expect(page.locator("#reason")).to_have_value("Half a reason")


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_an_adjudicator(gallery: Gallery, visit: Callable[..., Any], carol: User, look: str) -> None:
    visitor = visit(carol, **LOOKS[look])
    page = visitor.opens("/studies/does-reasoning-help/adjudicate/")
    looked_at(page, "adjudication-queue", look)
    visitor.opens(f"/studies/does-reasoning-help/adjudicate/{gallery.held.case_id}/")
    visitor.presses("m", "u")
    visitor.waits_for_saved()
    looked_at(page, "adjudication", look)
    visitor.presses("i", "i")
    page.locator("#evidence").scroll_into_view_if_needed()
    looked_at(page, "adjudication-evidence", look)
    visitor.presses("?")
    looked_at(page, "adjudication-keys", look)
    visitor.presses("Escape", "t")
    page.keyboard.type("The comma rule is plain.")
    visitor.presses("Control+Enter")
    page.wait_for_url(f"**/{gallery.judged.case_id}/")
    visitor.opens(f"/studies/does-reasoning-help/cases/{gallery.held.case_id}/history/")
    looked_at(page, "history", look)
    assert not visitor.complaints
