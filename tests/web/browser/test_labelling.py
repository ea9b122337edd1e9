"""The main job in a real browser: log in, label by keyboard alone, lose nothing."""

import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotator.accounts.services import token_issue
from annotator.studies.models import Annotation, Assignment
from tests.cast import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_somebody_logs_in_and_labels_three_cases_by_keyboard_alone_and_the_export_holds_them(
    world: World, visit: Callable[..., Any], alice: User, lena: User, live_server: Any
) -> None:
    visitor = visit()
    page = visitor.opens("/")
    page.keyboard.type("alice")
    visitor.presses("Tab")
    page.keyboard.type("alice-password-1")
    visitor.presses("Enter")
    expect(page.get_by_role("button", name="Start labelling")).to_be_focused()
    visitor.presses("Enter")

    for place, (side, label) in enumerate([("Left", "h"), ("Right", "u"), ("Down", "n")], start=1):
        expect(page).to_have_title(f"Case {place} · Does reasoning help? · Cotrast")
        page.wait_for_load_state()
        visitor.presses(f"Arrow{side}", "Enter")
        page.wait_for_selector("form.whole")
        visitor.presses("j", "o", "c", "Escape", "[", "z", "]", "e", "r", "g", label, "3", "7")
        expect(page.locator("#other-text")).to_be_focused()
        page.keyboard.type("hxu note 3")
        visitor.presses("Escape", "t")
        page.keyboard.type(f"note {place}")
        visitor.presses("Control+Enter")
        expect(page).to_have_title(f"Case {place + 1} · Does reasoning help? · Cotrast")

    annotations = list(Annotation.objects.order_by("pk"))
    assert [each.label for each in annotations] == ["helped", "hurt", "no_difference"]
    assert [each.note for each in annotations] == ["note 1", "note 2", "note 3"]
    assert {each.other_text for each in annotations} == {"hxu note 3"}
    assert {each.confidence for each in annotations} == {"high"}
    assert {each.effects[0] for each in annotations} == {"cant_tell"}
    assert [len(each.spans) for each in annotations] == [1, 1, 1]
    for annotation in annotations:
        assignment = annotation.assignment
        dispute = annotation.disputes.get()
        shown = assignment.case.first_id if assignment.second_is_left else assignment.case.second_id
        assert dispute.verdict.generation_id == shown, "left was undone"
    assert [pattern.slug for pattern in annotations[0].patterns.all()] == ["neglected", "other"]
    assert [each.blind_choice for each in Assignment.objects.order_by("pk")][:3] == ["left", "right", "same"]
    assert not visitor.complaints

    exported = exported_over_rest(live_server.url, world.study.slug, lena)
    assert [(each["label"], each["note"]) for each in exported] == [
        ("helped", "note 1"),
        ("hurt", "note 2"),
        ("no_difference", "note 3"),
    ]
    assert not [each for each in exported if "alice" in str(each)]


def test_control_and_enter_submit_outside_of_a_text_field_too(
    world: World, visit: Callable[..., Any], alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(f"/studies/{world.study.slug}/")
    page.get_by_role("button", name="Start labelling").click()
    page.wait_for_load_state()
    visitor.presses("ArrowLeft", "Enter")
    page.wait_for_selector("form.whole")
    visitor.presses("n", "Control+Enter")
    expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast")


def exported_over_rest(origin: str, slug: str, lead: User) -> list[dict[str, Any]]:
    """The study's annotations over REST, sorted by their notes."""
    token = token_issue(user=lead).text
    request = Request(f"{origin}/api/v1/studies/{slug}/annotations.jsonl", headers={"Authorization": f"Token {token}"})
    with urlopen(request, timeout=10) as response:
        return sorted((json.loads(line) for line in response), key=lambda annotation: annotation["note"])
