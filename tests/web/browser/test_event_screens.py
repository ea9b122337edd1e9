"""Pages of events, of an owner's hand-over, of a reader and of a person to forget, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.studies.models import Membership
from annotator.studies.services import member_add
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    return make_gallery(alice, bob, lena)


@pytest.mark.parametrize("look", LOOKS)
def test_a_lead_reads_the_events_of_a_study(gallery: Gallery, visit: Callable[..., Any], lena: User, look: str) -> None:
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/")
    page.click("text=Events")
    page.wait_for_selector("table >> text=member added")
    looked_at(page, "events", look)
    page.select_option("#id_kind", "study.created")
    page.keyboard.press("Enter")
    page.click("text=Show")
    page.wait_for_selector("text=All events")
    assert "member added" not in page.inner_text("table")
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_an_owner_hands_the_study_over(
    gallery: Gallery, visit: Callable[..., Any], alice: User, lena: User, look: str
) -> None:
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/")
    page.click("table >> text=lena")
    page.wait_for_selector("text=possible once it is handed over")
    looked_at(page, "owner", look)
    page.go_back()
    page.click("table >> text=alice")
    page.click("text=Hand the study over")
    page.wait_for_selector("text=alice owns the study now")
    assert gallery.study.memberships.get(user=alice).role == Membership.Role.OWNER
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_reader_sees_the_study_and_no_button_that_changes_it(
    gallery: Gallery, visit: Callable[..., Any], mallory: User, look: str
) -> None:
    member_add(study=gallery.study, user=mallory, role="reader")
    visitor = visit(mallory, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/")
    page.wait_for_selector("text=You read this study")
    looked_at(page, "study-reader", look)
    assert page.locator("main form").count() == 0
    for path in ("results/", "agreement/", "attention/", "cases/", "snapshots/"):
        visitor.opens(f"/studies/{gallery.study.slug}/{path}")
        assert page.locator("main form[method=post]").count() == 0, path
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_site_lead_forgets_a_person(gallery: Gallery, visit: Callable[..., Any], alice: User, look: str) -> None:
    visitor = visit(User.objects.create_user("root", is_staff=True), **LOOKS[look])
    page = visitor.opens(f"/people/{alice.pk}/")
    page.fill("#forget-name", "alice")
    looked_at(page, "person-forget", look)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text=alice is person-{alice.pk} from now on")
    assert not User.objects.filter(username="alice").exists()
    assert visitor.complaints == []
