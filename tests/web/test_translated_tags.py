"""Sentences in templates are looked up once for each language, and only where nothing else decides what they say."""

from django.template import Context, Template
from django.utils.translation import override


def rendered(text: str, language: str, **values: str) -> str:
    with override(language):
        return Template("{% load translated %}" + text).render(Context(values))


def test_a_sentence_that_is_kept_is_said_in_the_language_of_each_reader() -> None:
    template = Template('{% load translated %}{% translate "Log out" %}')
    with override("en"):
        assert [template.render(Context()) for _ in range(2)] == ["Log out"] * 2
    with override("zh-hans"):
        assert template.render(Context()) == "退出登录" != "Log out"
    with override("en"):
        assert template.render(Context()) == "Log out"


def test_what_depends_on_more_than_the_language_is_not_kept() -> None:
    template = Template("{% load translated %}{% translate word %}")
    with override("en"):
        assert [template.render(Context({"word": word})) for word in ("one", "<two>")] == ["one", "&lt;two&gt;"]
    assert rendered('{% translate "Log out" as said %}[{{ said }}]', "en") == "[Log out]"


def test_signs_of_percent_and_quotes_come_out_as_they_are_written() -> None:
    assert rendered('{% translate "100% <b>" %}', "en") == "100% <b>"
