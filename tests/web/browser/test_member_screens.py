"""Pages of accounts, members and people in a real browser: axe, a silent console, pictures, and by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.accounts.services import token_issue, token_use
from annotator.studies.models import Assignment
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    return make_gallery(alice, bob, lena)


@pytest.mark.parametrize("look", LOOKS)
def test_the_account_page_shows_a_new_token_once(
    gallery: Gallery, visit: Callable[..., Any], alice: User, look: str
) -> None:
    token_use(token=token_issue(user=alice, name="notebook").token)
    visitor = visit(alice, **LOOKS[look])
    page = visitor.opens("/")
    page.click("text=alice")
    page.wait_for_url("**/account/")
    looked_at(page, "account", look)
    page.fill("#id_name", "cluster, nightly export")
    page.keyboard.press("Enter")
    page.wait_for_selector("#new-token-title")
    looked_at(page, "account-token", look)
    page.fill("#id_current", "wrong")
    page.fill("#id_new", "short")
    page.fill("#id_again", "shorter")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=This is not your password.")
    assert "nightly" in page.inner_text("table")
    looked_at(page, "account-refused", look)
    assert all("422" in complaint for complaint in visitor.complaints)


@pytest.mark.parametrize("look", LOOKS)
def test_a_lead_deactivates_a_member_and_brings_them_back(
    gallery: Gallery, visit: Callable[..., Any], alice: User, lena: User, look: str
) -> None:
    token_issue(user=alice, name="notebook")
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/")
    page.click("table >> text=alice")
    page.wait_for_selector("text=Hand out the cases that they have judged again")
    looked_at(page, "member", look)
    page.check("input[name=left_out][value=yes]")
    page.check("#id_hand_out_again")
    page.fill("#id_reason", "Labelled without reading: most cases took less than the reading time.")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=alice no longer opens this study.")
    looked_at(page, "member-deactivated", look)
    assert Assignment.objects.filter(annotator=alice, left_out=True).exists()
    page.click("text=Reactivate")
    page.wait_for_selector("text=alice is in again")
    assert not Assignment.objects.filter(annotator=alice, left_out=True).exists()
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_site_lead_closes_an_account(gallery: Gallery, visit: Callable[..., Any], alice: User, look: str) -> None:
    root = User.objects.create_user("root", is_staff=True)
    visitor = visit(root, **LOOKS[look])
    page = visitor.opens("/people/")
    looked_at(page, "people", look)
    page.click("main >> text=alice")
    page.wait_for_selector("text=Close the account")
    looked_at(page, "person", look)
    page.click("text=Close the account")
    page.wait_for_selector("text=alice cannot log in any more")
    page.click("text=Open the account again")
    page.wait_for_selector("text=alice can log in again.")
    assert visitor.complaints == []
