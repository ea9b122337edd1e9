"""Long names of a study's two runs: nothing hangs out of the window, and every page still says which is which."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.runs.models import Verdict
from annotator.studies.models import Case
from annotator.web.labels import role_name
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
ROLES = (
    "self_reflection (max_new_tokens=2048, seed=20260101, temperature=0.7, top_p=0.95)",
    "self_reflection (max_new_tokens=4096, seed=20260102, temperature=1.0, top_p=0.99)",
)


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    made = make_gallery(alice, bob, lena, blind=False)
    type(made.study).objects.filter(pk=made.study.pk).update(first_role=ROLES[0], second_role=ROLES[1])
    Case.objects.filter(pk=made.judged.case_id).update(complete=True)
    return made


@pytest.mark.parametrize("look", ["light", "phone"])
def test_long_roles_fit_on_every_page_that_names_them(
    gallery: Gallery, visit: Visit, alice: User, lena: User, look: str
) -> None:
    study, case = f"/studies/{gallery.study.slug}/", gallery.judged.case_id
    pages = {
        "roles-case": (alice, f"/cases/{gallery.held.case_id}/"),
        "roles-study": (lena, study),
        "roles-practice": (lena, f"{study}cases/{case}/practice/"),
        "roles-history": (lena, f"{study}cases/{case}/history/"),
        "roles-adjudication": (lena, f"{study}adjudicate/{case}/"),
    }
    for name, (person, address) in pages.items():
        page = visit(person, **LOOKS[look]).opens(address)
        assert role_name(ROLES[1]) in page.content(), name
        looked_at(page, name, look)


def test_in_a_small_window_the_two_runs_are_named_whole_and_verdicts_stand_apart(
    visit: Visit, alice: User, bob: User, lena: User
) -> None:
    made = make_gallery(alice, bob, lena, blind=False)
    type(made.study).objects.filter(pk=made.study.pk).update(first_role="base", second_role="cot_forced")
    case = made.held.case
    Verdict.objects.filter(generation__in=[case.first_id, case.second_id]).update(strict=None, loose=None)
    page = visit(alice, viewport={"width": 1366, "height": 768}).opens(f"/cases/{case.pk}/")
    legend = page.locator("fieldset.labels legend")
    assert "Compared with base, cot, forced" in legend.inner_text()
    assert legend.evaluate("legend => legend.scrollWidth <= legend.clientWidth + 1")
    assert legend.evaluate("legend => legend.scrollHeight <= legend.clientHeight + 1")
    left, right = (page.locator(".constraints .v").nth(place).bounding_box() for place in range(2))
    assert left["x"] + left["width"] < right["x"]
    assert right["x"] + right["width"] <= 280  # the column's width
