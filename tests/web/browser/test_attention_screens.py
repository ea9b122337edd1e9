"""The attention pages in a browser: numbers arrive, charts are drawn, and axe finds nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from annotator.runs import dispatch
from annotator.studies.models import Case
from tests.traced_studies import trace_planted
from tests.web.browser.gallery import make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at, whole_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)


@pytest.mark.parametrize("look", LOOKS)
def test_the_attention_of_a_study_and_of_a_case_is_drawn(
    visit: Callable[..., Any], alice: User, bob: User, lena: User, look: str
) -> None:
    study = make_gallery(alice, bob, lena).study
    trace_planted(study, filler=True)
    visitor = visit(lena, **LOOKS[look])
    visitor.context.set_default_timeout(90_000)
    page = visitor.opens(f"/studies/{study.slug}/attention/")
    page.wait_for_selector("#drop-chart + .chart svg")
    page.wait_for_selector("#area-chart + .chart svg")
    whole_page(page)
    looked_at(page, "attention", look)
    case = Case.objects.get(study=study, prompt__key="0")
    page = visitor.opens(f"/studies/{study.slug}/cases/{case.pk}/attention/")
    page.wait_for_selector("#step-chart + .chart svg")
    whole_page(page)
    looked_at(page, "attention-case", look)
    assert visitor.complaints == []
