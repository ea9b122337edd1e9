"""Long names of a study's two runs: nothing hangs out of the window, and every page still says which is which."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

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
