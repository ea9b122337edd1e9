"""Word differences in one line: exact in both directions, and readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.web.marks.inline_difference import inline_difference

TEXTS = st.text(alphabet="ab ,.\n\t日本é\u0301👩‍👧\u200d\r", max_size=60)


def shown(before: str, after: str) -> str:
    signs = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    pieces = inline_difference(before, after)
    assert pieces is not None
    return "".join(signs[piece.fate].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("one, two", "one two", "one[-,-] two"),
        ("a red bike", "a small blue bike", "a [-red-][+small blue+] bike"),
        ("helpers, for ladders", "helpers and for ladders", "helpers[-,-][+ and+] for ladders"),
        ("one\n\ntwo", "one\ntwo", "one\n[-\n-]two"),
        ("one  two", "one two", "one[-  -][+ +]two"),
        ("", "new", "[+new+]"),
        ("old", "", "[-old-]"),
        ("same", "same", "same"),
        ("我爱茶", "我爱水", "我爱[-茶-][+水+]"),
    ],
)
def test_a_revision_is_shown_word_by_word(before: str, after: str, expected: str) -> None:
    assert shown(before, after) == expected


@given(TEXTS, TEXTS)
def test_the_pieces_have_both_texts_exactly(before: str, after: str) -> None:
    pieces = inline_difference(before, after)
    assert pieces is not None
    assert "".join(piece.text for piece in pieces if piece.fate != "added") == before
    assert "".join(piece.text for piece in pieces if piece.fate != "removed") == after


def test_two_texts_too_long_to_compare_give_nothing() -> None:
    assert inline_difference("a b " * 30_000, "c d " * 30_000) is None
