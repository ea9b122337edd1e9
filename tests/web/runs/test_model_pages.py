"""The page of language models: what is registered, under which terms, and the catalogue to register from."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.catalogue import catalogue
from annotator.runs.models import LanguageModel
from tests.cast import World


@pytest.fixture
def browser(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


def page(browser: Client) -> str:
    return browser.get("/models/").content.decode()


def test_every_model_of_the_catalogue_is_there_with_its_licence(browser: Client) -> None:
    html = page(browser)
    for model in catalogue():
        assert f"<b>{model.slug}</b>" in html
    assert "Llama 3.2 Community License" in html
    assert "not in the catalogue: look them up before you publish its texts" in html  # `tiny` of the world


def test_a_click_registers_a_model_with_its_terms(browser: Client) -> None:
    answer = browser.post("/models/add/", {"model": "qwen3-4b"}, follow=True)
    assert "qwen3-4b is registered. Start a worker with: make worker MODEL=qwen3-4b" in answer.content.decode()
    assert LanguageModel.objects.get(slug="qwen3-4b").terms["licence"] == "Apache-2.0"
    html = page(browser)
    assert "registered as qwen3-4b" in html
    assert 'value="qwen3-4b"' not in html


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("claude-3.5-sonnet", "its provider retired claude-3-5-sonnet-20241022 on 2025-10-28"),
        ("deepseek-r1", "asked through a server whose address the catalogue cannot know"),
        ("<b>", "No model &#x27;&lt;b&gt;&#x27; in the catalogue"),
        ("", "No model &#x27;&#x27; in the catalogue"),
    ],
)
def test_a_model_that_cannot_run_here_says_why_and_is_not_registered(browser: Client, name: str, sentence: str) -> None:
    before = LanguageModel.objects.count()
    assert sentence in browser.post("/models/add/", {"model": name}, follow=True).content.decode()
    assert LanguageModel.objects.count() == before
    if name:
        assert f'value="{name}"' not in page(browser)
