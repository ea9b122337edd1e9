"""The results page in a browser: numbers arrive, charts are drawn, axe finds nothing, and a number opens its cases."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.services import dataset_import
from annotator.runs.response_reading import ImportSource
from annotator.runs.services import run_import
from annotator.studies.models import Membership, Study
from annotator.studies.services import codebook_load, member_add, study_create
from tests.analysis.annotations import judge
from tests.cast import CODEBOOK, World, make_run
from tests.paths import SHARED_DATA, needs_shared_data
from tests.web.browser.test_screens import CHINESE_LOOKS, LOOKS, looked_at, whole_page

pytestmark = pytest.mark.django_db(transaction=True)

SHOWN_PX = 1700
"""How much of the page the picture in docs/results.md shows: the answer and the first tables with their charts."""


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
    looked_at(page, "results-strategies", look)
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


@pytest.fixture
def imported(lena: User) -> Study:
    """A study of two real models on IFEval, whose responses are imported as runs."""
    folder = SHARED_DATA / "ifeval"
    dataset = dataset_import(name="ifeval", path_or_lines=folder / "input_data_gpt4.jsonl").dataset
    runs = []
    for model in ("qwen2.5-7b", "gpt-4o-mini"):
        file = SourceFile(folder / "responses" / f"{model}.jsonl")
        source = ImportSource(file, SplitRule.parse("none"), sample=None)
        outcome = run_import(dataset=dataset, source=source, language_model=model, strategy="base", user=lena)
        runs.append(outcome.run)
    study = study_create(
        slug="ifeval",
        title="IFEval: Qwen2.5-7B and GPT-4o mini",
        first_run=runs[0],
        second_run=runs[1],
        codebook=codebook_load(name="paper", content=CODEBOOK),
    )
    member_add(study=study, user=lena, role=Membership.Role.LEAD)
    return study


@needs_shared_data
def test_the_results_of_two_real_models_arrive_and_are_drawn(
    imported: Study, visit: Callable[..., Any], lena: User
) -> None:
    for look, options in LOOKS.items():
        visitor = visit(lena, **options)
        visitor.context.set_default_timeout(120_000)
        visitor.context.set_default_navigation_timeout(120_000)  # the first page computes everything
        page = visitor.opens(f"/studies/{imported.slug}/results/?now")
        page.wait_for_selector("#kinds-chart + .chart svg")
        whole_page(page)
        width = options["viewport"]["width"]
        page.set_viewport_size({"width": width, "height": SHOWN_PX})
        page.evaluate("scrollTo(0, 0)")
        looked_at(page, "results", look)
        assert visitor.complaints == []
