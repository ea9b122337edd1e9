"""Prices of hosted models: each with its day and source, and none for a model that runs here."""

from datetime import date

import pytest

from annotator.runs.models import LanguageModel
from annotator.runs.prices import _prices, price_of


def test_every_price_has_a_day_a_source_and_names_of_its_own() -> None:
    keys = [(name, price.on) for price in _prices() for name in price.names]
    assert len(keys) == len(set(keys)) > 10
    for price in _prices():
        assert date.fromisoformat(price.on) <= date.today()
        assert 0 < price.prompt_usd < price.completion_usd
        assert price.source


def test_a_cost_is_that_of_both_kinds_of_tokens() -> None:
    price = price_of(LanguageModel(slug="x", backend="imported", name="openai/gpt-4o-mini"))
    assert price is not None
    assert price.cost(prompt_tokens=2_000_000, completion_tokens=1_000_000) == pytest.approx(2 * 0.15 + 0.6)


@pytest.mark.parametrize(("backend", "name"), [("transformers", "gpt-4o-mini"), ("imported", "qwen2.5-7b")])
def test_a_local_model_and_an_unknown_one_have_no_price(backend: str, name: str) -> None:
    assert price_of(LanguageModel(slug="x", backend=backend, name=name)) is None
