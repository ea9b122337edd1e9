"""Rules for every template and module: nothing inline, nothing from other hosts, everything translated."""

import re
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

TEMPLATES = sorted((REPOSITORY / "templates").rglob("*.html"))
STATIC = sorted((REPOSITORY / "annotator" / "web" / "static" / "cotrast").iterdir())
MODULES = [path for path in STATIC if path.suffix == ".js"]
WIDTH = 120
NAMES = {"Cotrast", "OpenAPI", "JSON", "YAML", "AUROC", "AUPRC", "APGR"}
# What of a template is no text of ours: translated blocks, tags, code, attributes, entities.
UNSEEN = (
    r"{% blocktranslate.*?{% endblocktranslate %}",
    r"{% block main_class %}.*?{% endblock %}",
    r"{%.*?%}|{{.*?}}|{#.*?#}|<!--.*?-->",
    r"<(code|pre|kbd|title)[^>]*>.*?</\1>",
    r"<[^>]*>",
    r"data-[a-z-]+",
    r"&[a-z]+;",
)
templates = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(REPOSITORY)))


@templates
def test_nothing_is_inline_that_the_policy_would_refuse(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@templates
def test_no_line_is_too_wide_for_a_review(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if len(line) > WIDTH] == []


@templates
def test_nothing_comes_from_elsewhere_or_is_trusted_blindly(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"(src|href|action)=\"(https?:)?//", text)
    assert "|safe" not in text
    assert "autoescape off" not in text


@templates
def test_every_form_that_writes_carries_a_token(path: Path) -> None:
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text(), re.S):
        assert "{% csrf_token %}" in form


@templates
def test_words_on_screen_go_through_translation(path: Path) -> None:
    text = path.read_text()
    for unseen in UNSEEN:
        text = re.sub(unseen, " ", text, flags=re.S)
    left = set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES
    assert not left, f"{path.name}: {left}"


@templates
def test_every_text_of_a_model_says_whether_its_lines_have_directions_of_their_own(path: Path) -> None:
    texts = re.findall(r'<div class="(?:reading|[^"]*\breading\b)[^>]*>', path.read_text())
    assert [text for text in texts if "|mixed }}" not in text] == []


def test_pages_with_many_modules_load_all_of_them_at_once() -> None:
    page = (REPOSITORY / "templates" / "_reading_scripts.html").read_text()
    named = set(re.findall(r"cotrast/(\w+)\.js", page)) | {"page"}  # every page has it
    assert {name for module in named for name in _imports(module)} <= named


def _imports(module: str) -> list[str]:
    text = next(path for path in MODULES if path.stem == module).read_text()
    return re.findall(r'from "\./(\w+)\.js"', text)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_put_no_text_into_the_page_as_html(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text)
    assert len(text.splitlines()) < 200
