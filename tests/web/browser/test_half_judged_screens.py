"""A lead sends an annotation back from the history of a case, before all are in: axe, a silent console, pictures."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.studies.models import Rework
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    return make_gallery(alice, bob, lena)


@pytest.mark.parametrize("look", LOOKS)
def test_a_lead_sends_a_half_judged_case_back(
    gallery: Gallery, visit: Callable[..., Any], lena: User, look: str
) -> None:
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/cases/{gallery.judged.case_id}/history/")
    looked_at(page, "history-half-judged", look)
    page.locator("#half-judged-title").scroll_into_view_if_needed()
    page.get_by_role("button", name="Send back to A").click()
    page.wait_for_selector("dialog:popover-open")
    page.fill("dialog:popover-open textarea", "Please count the commas once more.")
    looked_at(page, "history-send-back", look)
    page.get_by_role("button", name="Send back", exact=True).click()
    page.wait_for_selector("text=Take back what was sent to A")
    looked_at(page, "history-sent-back", look)
    assert Rework.objects.get().note == "Please count the commas once more."
    assert visitor.complaints == []
