"""Hidden checks in a real browser: the lead's page, the dashboard, and the study's page; axe and a silent console."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.studies.models import Study
from annotator.studies.services import case_next, check_set, study_check_every
from tests.studies.annotating import submit
from tests.web.browser.gallery import make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study(alice: User, bob: User, lena: User) -> Study:
    """The gallery's study with two checks; alice annotated everything."""
    study = make_gallery(alice, bob, lena).study
    for case in study.cases.filter(assignments__isnull=True).order_by("pk")[:2]:
        check_set(case=case, label="hurt", choice="first")
    study_check_every(study=study, every=2)
    while (held := case_next(study=study, annotator=alice)) is not None:
        submit(held, label="hurt")
    return study


@pytest.mark.parametrize("look", LOOKS)
def test_a_lead_marks_a_check_and_reads_the_accuracy(
    study: Study, visit: Callable[..., Any], lena: User, look: str
) -> None:
    visitor = visit(lena, **LOOKS[look])
    check = study.cases.exclude(known_label="").order_by("pk")[0]
    page = visitor.opens(f"/studies/{study.slug}/cases/{check.pk}/check/")
    looked_at(page, "check", look)
    page.fill("[name=every]", "1")
    page.click("button.primary")
    page.wait_for_selector(".notice.refused")
    looked_at(page, "check-refused", look)
    visitor.opens(f"/studies/{study.slug}/dashboard/?now")
    page.locator("#people-title").scroll_into_view_if_needed()
    looked_at(page, "dashboard-checks", look)
    visitor.opens(f"/studies/{study.slug}/cases/?concern=check")
    looked_at(page, "cases-checks", look)
    visitor.opens(f"/studies/{study.slug}/")
    looked_at(page, "study-lead", look)
    assert [complaint for complaint in visitor.complaints if "409" not in complaint] == []
