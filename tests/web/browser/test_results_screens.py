"""The results page in a browser: numbers arrive, charts are drawn, axe finds nothing, and a number opens its cases."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.analysis.annotations import judge
from tests.cast import World, make_run
from tests.web.browser.test_screens import CHINESE_LOOKS, LOOKS, looked_at, whole_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def compared(world: World, alice: User, lena: User) -> World:
    """The cast's study with a pattern and two more strategies."""
    judge(world.study, "tea", alice, "hurt", patterns=("neglected",))
    for strategy in ("few_shot", "verified_revision"):
        run = make_run(world.dataset, world.language_model, strategy)
        run.created_by = lena
        run.save()
    return world


@pytest.mark.parametrize("look", LOOKS)
def test_the_results_arrive_and_are_drawn(compared: World, visit: Callable[..., Any], lena: User, look: str) -> None:
    visitor = visit(lena, **LOOKS[look])
    visitor.context.set_default_timeout(60_000)  # Altair, statsmodels and Vega load for the first time
    page = visitor.opens(f"/studies/{compared.study.slug}/results/")
    page.wait_for_selector("#numbers table")
    page.wait_for_selector("#kinds-chart + .chart svg")
    assert page.locator(".chart svg").count() == 6
    whole_page(page)
    looked_at(page, "results", look)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", CHINESE_LOOKS)
def test_the_results_fit_in_chinese(compared: World, visit: Callable[..., Any], lena: User, look: str) -> None:
    visitor = visit(lena, **CHINESE_LOOKS[look])
    visitor.context.set_default_timeout(60_000)
    page = visitor.opens(f"/studies/{compared.study.slug}/results/?now")
    page.wait_for_selector("#kinds-chart + .chart svg")
    looked_at(page, "results-zh", look)
    assert visitor.complaints == []


def test_a_number_opens_its_cases(compared: World, visit: Callable[..., Any], lena: User) -> None:
    page = visit(lena).opens(f"/studies/{compared.study.slug}/results/?now")
    page.get_by_role("row", name="swapped inside a tie").get_by_role("link").first.click()
    page.wait_for_url("**/cases/?effect=swap")
    assert page.locator("#found tr").count() == 1
