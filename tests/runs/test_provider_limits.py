"""What a provider does not do is refused when a model is registered or a run started, with the way out."""

from datetime import date

import pytest

from annotator.claude_models import claude_model, claude_models
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.runs.services import language_model_register, run_repeats_start, run_start
from tests.cast import make_dataset

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def claude(name: str = "claude-opus-4-8", **options: object) -> LanguageModel:
    return language_model_register(slug="claude", backend="anthropic", name=name, options=options)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("claude-opus-4-20250514", "2026-06-15"),
        ("claude-sonnet-4-20250514", "2026-06-15"),
        ("claude-sonnet-4-5-20250929", "2026-11-30"),
        ("claude-3-7-sonnet-20250219", "2026-02-19"),
    ],
)
def test_a_retired_model_is_refused_with_its_date_when_registered_and_when_started(name: str, day: str) -> None:
    with pytest.raises(RunError, match=f"{name}: its provider retired it on {day}"):
        claude(name)
    model = LanguageModel.objects.create(slug="old", backend="anthropic", name=name)
    with pytest.raises(RunError, match=f"retired it on {day}; import answers"):
        run_start(dataset=make_dataset("d"), language_model=model, strategy="base")


def test_the_table_names_the_retirements_that_the_sdk_names() -> None:
    from anthropic._data.deprecated_models import DEPRECATED_MODELS

    months = {"January": 1, "June": 6, "November": 11}
    for name, words in DEPRECATED_MODELS.items():
        month, day, year = words.replace(",", "").split()
        known = claude_model(name)
        assert known is not None
        assert known.retired_on == date(int(year), months[month], int(day[:-2])).isoformat(), name


def test_the_table_knows_every_model_that_the_sdk_knows() -> None:
    from typing import get_args

    from anthropic.types.model import Model

    assert [name for name in get_args(get_args(Model)[0]) if claude_model(name) is None] == []
    assert len({model.id for model in claude_models()}) == len(claude_models())


def test_an_arm_whose_thinking_cannot_be_switched_off_is_refused_with_the_arms_that_can_run() -> None:
    model, dataset = claude("claude-opus-5-5"), make_dataset("d")
    with pytest.raises(RunError, match="strategy base needs thinking switched off, which the language model claude"):
        run_start(dataset=dataset, language_model=model, strategy="base")
    run_start(dataset=dataset, language_model=model, strategy="thinking")
    other = language_model_register(
        slug="other", backend="anthropic", name="claude-opus-5-5", options={"thinking_stops": True}
    )
    run_start(dataset=dataset, language_model=other, strategy="base")


def test_a_temperature_is_refused_where_none_is_taken_and_repeats_need_none_there() -> None:
    model, dataset = claude(), make_dataset("d")
    with pytest.raises(RunError, match=r"claude takes no temperature and no top_p.*start repeats, such as --repeats 5"):
        run_start(dataset=dataset, language_model=model, strategy="base", sampling={"temperature": 0.7})
    runs = run_repeats_start(repeats=3, dataset=dataset, language_model=model, strategy="base")
    assert len({run.pk for run, _created in runs}) == 3


def test_what_a_server_offers_is_an_option_and_decides_which_strategies_start() -> None:
    serving = {"base_url": "http://127.0.0.1:8000/v1", "api_key_env": ""}
    plain = language_model_register(slug="p", backend="openai", name="m", serving=serving)
    with pytest.raises(RunError, match="strategy cot_forced needs continued turns"):
        run_start(dataset=make_dataset("d"), language_model=plain, strategy="cot_forced")
    able = {"offers": ["continued turns", "tools"]}
    model = language_model_register(slug="a", backend="openai", name="m", options=able, serving=serving)
    run_start(dataset=make_dataset("e"), language_model=model, strategy="cot_forced")
