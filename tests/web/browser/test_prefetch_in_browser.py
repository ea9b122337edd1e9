"""Prefetching of the next case; without it, or if another case is next, work continues as usual."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.studies.models import Annotation, Assignment
from tests.cast import World
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Any]


def begins(visit: Visit, alice: User) -> Visitor:
    """alice on her first case, with the next one prefetched."""
    visitor: Visitor = visit(alice)
    page = visitor.opens("/studies/pilot/")
    with page.expect_response("**/prefetch/") as answer:
        page.get_by_role("button", name="Start labelling").click()
    assert answer.value.status == 200
    answer.value.finished()
    return visitor


def judges(page: Page, place: int) -> None:
    expect(page).to_have_title(f"Case {place} · Does reasoning help? · Cotrast")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.whole")
    page.keyboard.press("h")
    page.keyboard.press("Enter")


def test_going_on_fetches_no_page(world: World, visit: Visit, alice: User) -> None:
    page = begins(visit, alice).page
    requests: list[str] = []
    judged, prefetched = Assignment.objects.order_by("pk")
    page.on("request", lambda request: requests.append(f"{request.method} {request.url.partition('/cases')[2]}"))
    with page.expect_response("**/prefetch/"):
        judges(page, 1)
        expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast")
        assert f"GET /{prefetched.case_id}/" not in requests
    assert page.url.endswith(f"/cases/{prefetched.case_id}/")
    judges(page, 2)
    expect(page).to_have_title("Case 3 · Does reasoning help? · Cotrast")
    assert list(Annotation.objects.order_by("pk").values_list("assignment", flat=True)) == [judged.pk, prefetched.pk]


def test_a_case_that_went_to_somebody_else_meanwhile_is_not_shown(world: World, visit: Visit, alice: User) -> None:
    page = begins(visit, alice).page
    taken = Assignment.objects.get(status="prefetched")
    case_id = taken.case_id
    taken.delete()
    type(world.study.cases.get(pk=case_id)).objects.filter(pk=case_id).update(complete=True)
    judges(page, 1)
    expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast")
    assert not page.url.endswith(f"/cases/{case_id}/")
