"""Annotations sent back from the adjudication page, by letter and with a note."""

import re

import pytest

from annotator.studies.models import Rework
from tests.studies.annotating import submit
from tests.web.adjudication.deciding import page_of


@pytest.fixture
def send(contested, enter, carol):
    """Send the annotation under a letter back as carol; `seen` is that of the page unless it is passed."""
    browser = enter(carol)

    def sent(letter, note="Count again.", seen=None):
        html = browser.get(page_of(contested)).content.decode()
        seen = seen or re.search(r'name="seen" value="([^"]+)"', html)[1]
        return browser.post(f"{page_of(contested)}rework/", {"letter": letter, "note": note, "seen": seen})

    return sent


def letter_of_alice(html):
    """alice labelled the case as hurt, bob as helped."""
    return re.search(r"Annotator (\w)\s*</h3>\s*<span class=\"tag hurt\"", html)[1]


def test_an_annotation_is_sent_back_under_its_letter_and_the_page_says_so(contested, enter, carol, alice, send):
    letter = letter_of_alice(enter(carol).get(page_of(contested)).content.decode())
    assert send(letter, "Is it a <b>comma</b>?").url == page_of(contested)
    assert Rework.objects.get().member.user == alice
    html = enter(carol).get(page_of(contested)).content.decode()
    assert "Is it a &lt;b&gt;comma&lt;/b&gt;?" in html
    assert contested.study.memberships.get(user=alice).pseudonym not in html
    assert ">alice<" not in html
    assert f"Take back what was sent to {letter}" in html
    enter(carol).post(f"/studies/pilot/reworks/{Rework.objects.get().pk}/withdraw/")
    assert Rework.objects.get().closed_at is not None


def test_a_refused_note_is_kept_as_typed(contested, send):
    answer = send("A", "n" * 2001)
    assert answer.status_code == 409
    assert "at most 2000 fit" in answer.content.decode()
    assert "n" * 2001 in answer.content.decode()
    assert send("Z").status_code == 409
    assert not Rework.objects.exists()


def test_letters_that_may_have_changed_since_send_nothing_back(contested, send):
    submit(contested.assignments.first(), base_revision=1, label="helped")
    answer = send("A", "A long note.", seen="annotations-1:of-before")
    assert answer.status_code == 409
    assert "the annotations changed meanwhile" in answer.content.decode()
    assert "A long note." in answer.content.decode()
    assert not Rework.objects.exists()
