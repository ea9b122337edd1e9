"""The catalogue of the study's models: complete, strict, and copied with its terms when a model is registered."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.backends import THINKING_SWITCHES
from annotator.runs.catalogue import catalogue, catalogue_model
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.runs.services import language_model_from_catalogue, language_model_register

# The thirteen models of Table 1 and the further ones of Table 2.
OF_THE_STUDY = {
    "claude-3.5-haiku", "claude-3.5-sonnet", "claude-3.7-sonnet", "deepseek-v3", "llama-3.2-1b", "llama-3.2-3b",
    "llama-3-8b", "llama-3.1-70b", "mixtral-8x7b", "qwen2.5-1.5b", "r1-distill-qwen-1.5b", "qwen2.5-7b",
    "r1-distill-qwen-7b", "deepseek-r1", "qwen2.5-math-1.5b", "qwen2.5-math-7b", "qwen3-4b", "qwen3-8b", "qwen3-32b",
}  # fmt: skip
FIELDS = {"name", "context", "licence", "terms", "retired_on"}


def add(*arguments: str) -> str:
    out = StringIO()
    call_command("add_model", *arguments, stdout=out)
    return out.getvalue()


def test_the_catalogue_has_every_model_of_the_study_once() -> None:
    slugs = [model.slug for model in catalogue()]
    assert len(set(slugs)) == len(slugs)
    assert set(slugs) >= OF_THE_STUDY
    assert len({(model.backend, model.name) for model in catalogue()}) == len(slugs)


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.slug)
def test_every_field_of_a_model_is_of_its_kind(model: Any) -> None:
    assert model.switch.switch in {"none", "always", "budget_tokens", "reasoning_effort", *THINKING_SWITCHES}
    assert model.switch.default in {"on", "off"}
    assert model.context >= 4096
    assert model.licence
    assert model.terms.endswith(".")
    assert model.retired_on is None or date.fromisoformat(model.retired_on)
    assert set(model.unverified) <= FIELDS


@pytest.mark.django_db
def test_a_model_of_the_catalogue_is_registered_with_its_terms() -> None:
    told = add("--from-catalogue", "qwen3-4b")
    model = LanguageModel.objects.get()
    assert (model.slug, model.backend, model.name) == ("qwen3-4b", "transformers", "Qwen/Qwen3-4B")
    assert model.terms == {
        "licence": "Apache-2.0",
        "terms": catalogue_model("qwen3-4b").terms,
        "unverified": [],
    }
    assert "Licence: Apache-2.0." in told
    assert "make worker MODEL=qwen3-4b" in told
    assert add("--from-catalogue", "qwen3-4b") == told
    add("mine", "--from-catalogue", "qwen3-4b", "--serving", '{"batch_size": 4}')
    assert LanguageModel.objects.get(slug="mine").serving == {"batch_size": 4}


@pytest.mark.django_db
def test_the_terms_are_known_however_the_model_is_named() -> None:
    by_hand = language_model_register(slug="q", backend="transformers", name="Qwen/Qwen3-4B", options={"dtype": "auto"})
    assert by_hand.terms["licence"] == "Apache-2.0"
    assert language_model_register(slug="x", backend="transformers", name="somebody/else").terms == {}
    LanguageModel.objects.filter(slug="q").update(terms={})
    language_model_register(slug="q", backend="transformers", name="Qwen/Qwen3-4B", options={"dtype": "auto"})
    assert LanguageModel.objects.get(slug="q").terms == by_hand.terms


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from-catalogue", "gpt-9"], "No model 'gpt-9' in the catalogue; it has: smollm2-135m, qwen3-0.6b"),
        (
            ["--from-catalogue", "claude-3.5-sonnet"],
            "its provider retired claude-3-5-sonnet-20241022 on 2025-10-28; import answers",
        ),
        (
            ["--from-catalogue", "deepseek-r1"],
            "asked through a server whose address the catalogue cannot know; register",
        ),
        (["s", "Qwen/Qwen3-8B", "--from-catalogue", "qwen3-4b"], "the catalogue has the name and options"),
        (["only-a-slug"], "give SLUG NAME"),
        ([], "or --from-catalogue NAME"),
    ],
)
def test_a_model_that_cannot_be_registered_is_refused_in_one_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as error:
        add(*arguments)
    assert sentence in str(error.value)
    assert not LanguageModel.objects.exists()


@pytest.mark.django_db
def test_a_model_behind_a_server_is_registered_with_its_address_and_its_switch() -> None:
    add("--from-catalogue", "deepseek-r1", "--serving", '{"base_url": "http://127.0.0.1:8000/v1", "api_key_env": ""}')
    model = LanguageModel.objects.get()
    assert (model.backend, model.options) == ("openai", {"thinking_switch": "always"})
    assert "thinking switched off" not in model.offers


@pytest.mark.django_db
def test_a_model_is_free_until_the_day_of_its_retirement_and_refused_from_then_on() -> None:
    model = catalogue_model("claude-3.7-sonnet")
    assert "retired claude-3-7-sonnet-20250219 on 2026-02-19" in model.obstacle(date(2026, 2, 19))
    assert model.obstacle(date(2026, 2, 18)) == ""
    with pytest.raises(RunError, match="on 2026-02-19"):
        language_model_from_catalogue(name="claude-3.7-sonnet")
    with pytest.raises(RunError, match="on 2026-02-19"):
        language_model_register(slug="by-hand", backend="anthropic", name="claude-3-7-sonnet-20250219")
