"""Word differences: nothing is lost or reordered, a change is marked on both sides, and long texts are quick."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.web.marks.difference import difference
from tests.timing import quickest_s


def changed(left: str, right: str) -> tuple[list[str], list[str]]:
    pair = difference(left, right)
    assert pair is not None
    return tuple([piece.text for piece in side if piece.changed] for side in pair)  # type: ignore[return-value]


@given(left=st.text(max_size=60), right=st.text(max_size=60))
def test_the_pieces_together_are_the_texts(left: str, right: str) -> None:
    pair = difference(left, right)
    assert pair is not None
    assert ["".join(piece.text for piece in side) for side in pair] == [left, right]


blank = st.text(alphabet="ab .\t\n\r\u00a0\u200b", max_size=30)


@given(left=blank, right=blank)
def test_texts_have_no_changes_only_where_they_are_the_same(left: str, right: str) -> None:
    assert (changed(left, right) == ([], [])) is (left == right)


@pytest.mark.parametrize(
    ("left", "right", "on_left", "on_right"),
    [
        ("", "", [], []),
        ("same here", "same  here\n", [" "], ["  ", "\n"]),
        ("One.\n\nRain.\n\nThree.", "One.\nRain.\nThree.", ["\n\n", "\n\n"], ["\n", "\n"]),
        ("two\u00a0words\tand tabs \nline", "two words and tabs\nline", ["\u00a0", "\t", " \n"], [" ", " ", "\n"]),
        ("a\r\nb", "a\nb", ["\r\n"], ["\n"]),
        ("  lead", "lead", ["  "], []),
        ("good .", "good.", [" "], []),
        ("\n\n", "", ["\n\n"], []),
        ("中 文", "中文", [" "], []),
        ("one\n\ntwo", "one more\n\ntwo", [], ["more"]),
        ("one\n\ntwo", "one\n\nmore two", [], ["more"]),
        ("one\n\ntwo", "one more two", ["\n\n"], ["more", " "]),
        ("zero\u200bwidth", "zerowidth", ["zero\u200bwidth"], ["zerowidth"]),
        ("", "new", [], ["new"]),
        ("a small red bike", "a big red bike", ["small"], ["big"]),
        ("one two three four five", "one X three Y five", ["two three four"], ["X three Y"]),
        ("Ride home, folded.", "Ride home folded.", [","], []),
        ("写一首诗。", "写两首诗。", ["一"], ["两"]),
        ("👩‍🚀 flies\r\nup", "👩‍🚀 falls\r\nup", ["flies"], ["falls"]),
        ("an 👩‍🚀", "an 👨‍🚀", ["👩‍🚀"], ["👨‍🚀"]),
        ("to 🇩🇪", "to 🇩🇰", ["🇩🇪"], ["🇩🇰"]),
        ("a cafe\u0301", "a cafe", ["cafe\u0301"], ["cafe"]),
        ("मेरी हिन्दी", "मेरी हिन्दू", ["हिन्दी"], ["हिन्दू"]),
        ("abc中文", "abc中国", ["文"], ["国"]),
    ],
)
def test_what_differs_is_marked_by_words(left: str, right: str, on_left: list[str], on_right: list[str]) -> None:
    assert changed(left, right) == (on_left, on_right)


ascii_only = st.text(alphabet="ab1_ \t\n\r\x1c\x1f-.", max_size=20)


@given(left=ascii_only, right=ascii_only)
def test_one_letter_beyond_ascii_changes_nothing_before_it(left: str, right: str) -> None:
    assert changed(left + "a", right + "a") == changed(left + "a 中", right + "a 中")


def test_the_look_is_the_same_whichever_side_is_which() -> None:
    assert difference("a b c", "a X c") == tuple(reversed(difference("a X c", "a b c") or ()))


def test_texts_beyond_any_reading_are_refused() -> None:
    assert difference("x " * 50_000, "y " * 50_000) is None


@pytest.mark.slow
@pytest.mark.parametrize("kept", [0.85, 0.0])
def test_two_answers_of_100_kb_take_half_a_second(kept: float) -> None:
    dice = random.Random(7)
    words = [f"{number}," for number in range(3_000)]  # a comma is a word of its own: more of them fit in no text
    left = [dice.choice(words) for _ in range(18_000)]
    right = [word if dice.random() < kept else dice.choice(words) for word in left]
    texts = " ".join(left), " ".join(right)
    assert min(map(len, texts)) > 95_000
    assert difference(*texts) is not None
    assert quickest_s(lambda: difference(*texts), enough_s=0.5) < 0.5
