"""Invisible characters are found, each has a sign, and nothing of the text is lost or cut that is seen as one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.web.marks.difference import Piece
from annotator.web.marks.difference_html import difference_html
from annotator.web.marks.invisible import parts
from annotator.web.marks.segments import Mark
from annotator.web.templatetags.cotrast import marked, signed


def signs(text: str, **options: bool) -> list[tuple[str, str]]:
    return [(part.text, part.sign) for part in parts(text, **options) if part.sign]


@given(st.text(alphabet="ab \t\n\r\u00a0\u200b\u200c\u200d\u202e中👩", max_size=40), st.booleans(), st.booleans())
def test_the_parts_together_are_the_text(text: str, first: bool, every_space: bool) -> None:
    assert "".join(part.text for part in parts(text, first=first, every_space=every_space)) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("two words", []),
        ("two  words", [("  ", "··")]),
        (" at both ends ", [(" ", "·"), (" ", "·")]),
        ("line \n  next\r\n", [(" ", "·"), ("\n", "↵"), ("  ", "··"), ("\r", "CR"), ("\n", "↵")]),
        ("a\tb\u00a0c", [("\t", "→"), ("\u00a0", "NBSP")]),
        ("zero\u200bwidth soft\u00adhyphen \ufeffbom", [("\u200b", "ZWSP"), ("\u00ad", "SHY"), ("\ufeff", "BOM")]),
        (
            "\u202elevel\u202c \u2066x\u2069",
            [("\u202e", "RLO"), ("\u202c", "PDF"), ("\u2066", "LRI"), ("\u2069", "PDI")],
        ),
        ("\x1b[31m bell\x07 form\x0cfeed", [("\x1b", "ESC"), ("\x07", "BEL"), ("\x0c", "FF")]),
        ("next\x85line\u2028sep", [("\x85", "U+0085"), ("\u2028", "LS")]),
        ("thin\u2009space", [("\u2009", "U+2009")]),
        ("hid\u200dden", [("\u200d", "ZWJ")]),
        ("tag\U000e0041\U000e0042", [("\U000e0041\U000e0042", "U+E0041U+E0042")]),
    ],
)
def test_what_cannot_be_seen_has_a_sign(text: str, found: list[tuple[str, str]]) -> None:
    assert signs(text) == found


@pytest.mark.parametrize(
    "text", ["👩\u200d🚀", "❤\ufe0f\u200d🔥", "می\u200cخواهم", "क्\u200dष", "🏴\U000e0067\U000e0062\U000e007f"]
)
def test_what_is_seen_as_one_is_not_cut(text: str) -> None:
    assert signs(text) == []


def test_what_deceives_is_shown_in_every_view_and_the_rest_on_request() -> None:
    assert [part.text for part in parts("a\t\u202eb\u00a0\x1b\n") if part.always] == ["\u202e", "\x1b"]
    assert signed("a\u202eb\tc") == (
        'a<span class="sign always" data-sign="RLO">\u202e</span>b<span class="sign" data-sign="→">\t</span>c'
    )


def test_marks_and_signs_stand_together() -> None:
    html = marked("one\u202e, two ", [Mark(3, 5, 1, "violated")])
    assert re.findall(r'<mark[^>]*><span class="sign always" data-sign="RLO">\u202e</span>,</mark>', html)
    assert html.endswith(' two<span class="sign" data-sign="·"> </span>')


def test_a_piece_of_white_space_that_differs_shows_each_of_its_spaces() -> None:
    spaces = [Piece("a", changed=False), Piece(" ", changed=True), Piece("two words", changed=True)]
    assert difference_html(spaces) == (
        'a<mark class="changed"><span class="sign" data-sign="·"> </span></mark><mark class="changed">two words</mark>'
    )
