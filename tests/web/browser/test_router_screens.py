"""The pages of routers in a browser: axe finds nothing, the console is silent, and one is trained and watched."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.routing.models import Training
from annotator.routing.services import trainings, trainings_carry_out
from annotator.studies.models import Study
from annotator.studies.services import member_add
from annotator.web.lead.routers import RouterScreen
from tests.cast import World
from tests.routing.rows import ALONE, SPLIT, make_router
from tests.routing.studies import planted_study
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


@pytest.mark.parametrize("look", LOOKS)
def test_a_router_is_trained_and_watched(
    visit: Callable[..., Any], lena: User, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = planted_study()
    title = "Does reasoning help a small model to follow instructions?"
    Study.objects.filter(pk=study.pk).update(title=title)
    member_add(study=study, user=lena, role="lead")
    monkeypatch.setattr(trainings, "command_start", lambda name: None)
    monkeypatch.setattr("annotator.routing.services.routers.report_of", lambda *_, **__: [])
    make_router("earlier")
    visitor = visit(lena, **LOOKS[look])
    visitor.context.set_default_timeout(60_000)
    page = visitor.opens("/routers/?study=planted")
    page.fill("#id_name", "no name")
    page.click("text=Train the router")
    page.wait_for_selector("#id_name_error")
    looked_at(page, "routers-refused", look)
    page.fill("#id_name", "words")
    page.click("text=Train the router")
    page.wait_for_selector("[data-poll]")
    looked_at(page, "routers-waiting", look)
    assert trainings._claimed() is not None
    Training.objects.update(step="kind", trained=6, expected=9, started_at=timezone.now())
    page.wait_for_selector("#routers progress")
    looked_at(page, "routers-under-way", look)
    Training.objects.update(lease_until="2020-01-01T00:00:00Z")
    page.wait_for_selector("text=Start it again")
    looked_at(page, "routers-stopped", look)
    page.click("text=Start it again")
    assert trainings_carry_out() == 1
    page.wait_for_selector("#routers a[href='/routers/words/v1/']")
    looked_at(page, "routers-trained", look)
    page.click("#routers h2 a")
    page.wait_for_url("**/routers/words/v1/")
    assert [complaint for complaint in visitor.complaints if "422" not in complaint] == []
