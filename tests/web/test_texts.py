"""Hostile text reaches the page as text: escaped, exact to the character, whatever it holds."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.constraints import title
from annotator.web.labels import localized
from annotator.web.marks.difference import Piece
from annotator.web.marks.difference_html import difference_html
from annotator.web.marks.markdown import markdown, model_markdown
from annotator.web.marks.segments import Mark
from annotator.web.templatetags.cotrast import apart, exact, marked, signed, span_of_time
from tests.web.payloads import PAYLOADS


def read_back(rendered: str) -> str:
    """The textContent of the HTML: no tags, entities resolved."""
    return html.unescape(re.sub(r"</?(mark|span)[^>]*>", "", rendered))


def changed(text: str) -> str:
    return difference_html([Piece(text, changed=True)])


@given(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60))
def test_what_the_browser_holds_is_the_text(text: str) -> None:
    rendered = marked(text, [Mark(1, 4, 1, "violated"), Mark(2, 9, 2, "obeyed")])
    # html.unescape maps a few numeric references to Windows characters; "&#13;" is the only one written here.
    assert read_back(rendered.replace("&#13;", "\r")) == text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_leaves_a_tag_of_its_own(payload: str) -> None:
    for rendered in (
        marked(payload, [Mark(0, 5, 1, "violated")]),
        exact(payload),
        signed(payload),
        changed(payload),
    ):
        assert re.sub(r"</?(mark|span)( [a-z-]+=\"[^\"<>]*\")*>", "", rendered).count("<") == 0


@pytest.mark.parametrize("word", ["A" * 20_005, "&" * 600, "https://example.org/" + "path/" * 3_000])
def test_a_very_long_word_is_marked_as_such_and_stays_the_same(word: str) -> None:
    text = f"one {word} two"
    for rendered in (signed(text), marked(text, []), changed(text)):
        assert read_back(rendered) == text
        assert rendered.count('<span class="long">') == 1
    assert '<span class="long">' in model_markdown(text)


def test_line_ends_and_nul_survive_the_html_parser() -> None:
    assert exact("a\r\nb\rc\x00") == "a&#13;\nb&#13;c\ufffd"


def test_marks_say_which_constraints_they_belong_to_and_where_one_ends() -> None:
    assert marked("a, b", [Mark(1, 2, 1, "violated")]) == (
        'a<mark class="violated tiny" data-numbers="1" data-ends="1">,</mark> b'
    )


def test_a_text_inside_a_sentence_keeps_its_direction_to_itself_and_is_escaped() -> None:
    assert apart("\u202e<b>\n") == "<bdi>\u202e&lt;b&gt;\n</bdi>"


def test_a_value_inside_a_sentence_of_a_checker_keeps_its_direction_to_itself() -> None:
    told = title("keywords:forbidden_words", {"forbidden_words": ["sea", "\u202eaes"]})
    assert localized(told) == "Avoids “sea” and \u2068“\u202eaes”\u2069"
    assert localized(title("keywords:forbidden_words", {"forbidden_words": ["sea"]})) == "Avoids “sea”"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_guideline_holds_no_html_and_no_script_links(payload: str) -> None:
    rendered = markdown(payload + f"\n\n[x](javascript:alert(1)) ![y](https://evil.example/z.png) {payload}")
    assert not re.search(r"<(script|img|svg|iframe|style|object|embed|form|input|math)", rendered, re.I)
    assert 'href="javascript' not in rendered.lower()


def test_a_guideline_is_markdown() -> None:
    assert "<strong>twice</strong>" in markdown("Read **twice**.")
    assert "<table>" in markdown("| a | b |\n| --- | --- |\n| 1 | 2 |")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (20.4, "20 s"), (89, "89 s"), (240, "4 min"), (11520, "3 h 12 min")]
)
def test_a_span_of_time_is_as_exact_as_an_estimate_can_be(seconds: float, words: str) -> None:
    assert span_of_time(seconds) == words
