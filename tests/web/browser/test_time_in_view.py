"""The seconds of an annotation are those at work: who leaves the page open and goes away adds none."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.studies.services import assignment_choose_blind
from tests.web.browser.gallery import Gallery, make_gallery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def named(alice: User, bob: User, lena: User) -> Gallery:
    made = make_gallery(alice, bob, lena)
    assignment_choose_blind(assignment=made.held, choice="left")
    return made


def test_the_clock_stands_half_a_minute_after_the_last_sign_of_life(named: Gallery, visit: Any, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.page
    page.clock.install(time=0)
    visitor.opens(f"/cases/{named.held.case_id}/")
    page.clock.pause_at(20_000)

    def seconds() -> int:
        counted: str = page.evaluate("new FormData(document.getElementById('annotation')).get('seconds')")
        return int(counted)

    page.mouse.move(300, 300)
    begun = seconds()
    page.clock.fast_forward(25_000)
    assert seconds() - begun == 25
    page.clock.fast_forward(600_000)
    assert seconds() - begun == 30
    for number, sign in enumerate((lambda: page.keyboard.press("j"), lambda: page.mouse.move(310, 310)), start=1):
        sign()
        page.clock.fast_forward(10_000)
        assert seconds() - begun == 30 + 10 * number
        page.clock.fast_forward(600_000)
        begun += 20
