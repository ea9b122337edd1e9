"""Every page over a study whose every text is hostile: no text becomes markup, and no page fails over one."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.safety.hostile_study import HostileStudy
from tests.safety.markup import foreign_markup
from tests.web.payloads import PAYLOADS

pytestmark = pytest.mark.django_db
OPENED = (200, 204, 302, 400, 404, 422)


def visited(user: User, addresses: list[str]) -> dict[str, str]:
    """The pages that this person may open, by address. A page that fails raises its exception."""
    client = Client()
    client.force_login(user)
    pages = {}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code in OPENED, address
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            pages[address] = answer.content.decode()
    return pages


@pytest.mark.parametrize("name", ["sam", "alice"])
def test_no_text_becomes_markup_on_any_page(hostile: HostileStudy, name: str) -> None:
    pages = visited(getattr(hostile.people, name), hostile.addresses())
    assert len(pages) > {"sam": 60, "alice": 6}[name], "the pages are there"
    assert {address: found for address, html in pages.items() if (found := foreign_markup(html))} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lena", "carol", "dan", "bob", "erin"])
def test_no_text_becomes_markup_for_any_role(hostile: HostileStudy, name: str) -> None:
    pages = visited(getattr(hostile.people, name), hostile.addresses())
    assert {address: found for address, html in pages.items() if (found := foreign_markup(html))} == {}


def test_the_pages_show_what_is_hostile(hostile: HostileStudy) -> None:
    """The tests above would pass on empty pages."""
    pages = visited(hostile.people.sam, hostile.addresses())
    shown = [address for address, html in pages.items() if "window.hacked" in html]
    assert len(shown) > len(pages) * 2 // 3, sorted(set(pages) - set(shown))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_is_found_where_a_page_does_not_escape(payload: str) -> None:
    assert bool(foreign_markup(f"<p>{payload}</p>")) == ("<" in payload)
