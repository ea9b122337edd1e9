"""The pages of routers in a browser: axe finds nothing, the console is silent, the charts are drawn."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.web.lead.routers import RouterScreen
from tests.cast import World
from tests.routing.rows import ALONE, SPLIT, make_router
from tests.web.browser.test_screens import LOOKS, looked_at, whole_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("look", LOOKS)
def test_the_routers_and_a_report(world: World, visit: Callable[..., Any], lena: User, look: str) -> None:
    router = make_router("words")
    router.report = [SPLIT, {**SPLIT, "split": "kind"}, {**SPLIT, "split": "composition"}, ALONE]
    router.card = "# Router words v1\n\n" + "| split | n | " * 30 + "\n\nIt knows the text of the prompt alone.\n"
    router.save(update_fields=["report", "card"])
    assert RouterScreen(router, []).gain_chart  # loads Altair, which takes seconds for the first time
    visitor = visit(lena, **LOOKS[look])
    visitor.context.set_default_timeout(60_000)
    page = visitor.opens("/routers/")
    looked_at(page, "routers", look)
    page = visitor.opens("/routers/words/v1/")
    page.wait_for_selector("#gain-chart + .chart svg")
    assert page.locator(".chart svg").count() == 2
    whole_page(page)
    looked_at(page, "router", look)
    assert visitor.complaints == []
