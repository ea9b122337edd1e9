"""The form that starts runs, in a browser: what the chosen model cannot do is disabled, parameters open when ticked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.runs.models import LanguageModel
from annotator.strategies import STRATEGIES
from tests.cast import World
from tests.strategies_with_parameters import add_strategy


@pytest.fixture(autouse=True)
def strategies(monkeypatch: pytest.MonkeyPatch) -> None:
    add_strategy(monkeypatch)


@pytest.fixture
def form(world: World, lena: User, visit: Callable[..., Any]) -> Any:
    LanguageModel.objects.create(slug="plain", backend="scripted", name="plain", options={"lacks": ["tools"]})
    page = visit(lena).opens("/runs/new/")
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.django_db(transaction=True)
def test_a_strategy_follows_the_choice_of_a_model(form: Any) -> None:
    tooled, reason = form.locator("input[value=tooled]"), form.locator("#lack-tooled")
    form.select_option("select[name=language_model]", label="plain")
    assert tooled.is_disabled()
    assert reason.inner_text() == "Not with plain, which does not offer tools."
    form.select_option("select[name=language_model]", label="tiny")
    assert tooled.is_enabled()
    assert reason.is_hidden()


@pytest.mark.django_db(transaction=True)
def test_parameters_are_there_once_a_strategy_is_ticked_and_are_reached_by_keyboard(form: Any) -> None:
    rounds = form.locator("[name=tuned-rounds]")
    summary = form.locator(".strategy:has(input[value=tuned]) summary")
    assert summary.is_hidden()
    form.locator("input[value=tuned]").focus()
    form.keyboard.press("Space")
    assert summary.is_visible()
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    assert rounds.is_visible()
    form.keyboard.press("Tab")
    form.keyboard.type("7")
    assert rounds.input_value() == "7"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_form_fits_its_window_with_everything_open(form: Any, width: int) -> None:
    form.set_viewport_size({"width": width, "height": 844})
    form.select_option("select[name=language_model]", label="tiny")
    for name in STRATEGIES:
        form.locator(f"input[value={name}]").check()
    form.evaluate("document.querySelectorAll('.strategy details').forEach(each => each.open = true)")
    assert form.evaluate("document.documentElement.scrollWidth") <= width
