"""The repair editor in a browser: verdicts turn as one types, undo takes back what buttons did, keys alone suffice."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.web.browser.gallery import Gallery
from tests.web.browser.repairing import bicycle, make_repairing, with_attempts
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]


@pytest.fixture
def gallery(alice: User, bob: User, lena: User, dan: User) -> Gallery:
    return make_repairing(alice, bob, lena, dan)


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_curator(gallery: Gallery, visit: Visit, dan: User, look: str) -> None:
    candidate = bicycle(gallery, dan)
    with_attempts(candidate, dan)
    visitor = visit(dan, **LOOKS[look])
    page = visitor.opens("/studies/does-reasoning-help/repairs/")
    looked_at(page, "repairs", look)
    visitor.opens(f"/studies/does-reasoning-help/repairs/{candidate.pk}/")
    looked_at(page, "repair", look)
    page.locator("[data-edit-view=diff]").click()
    page.wait_for_selector("#difference .revised")
    looked_at(page, "repair-diff", look)
    page.locator("[data-edit-view=evidence]").click()
    looked_at(page, "repair-evidence", look)
    visitor.presses("m")
    looked_at(page, "repair-ask", look)
    visitor.presses("Escape", "?")
    looked_at(page, "repair-keys", look)
    assert visitor.complaints == []
