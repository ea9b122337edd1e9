"""Tests of IFBench's sentences: where they end, what protects a full stop, and where they stand in the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.constraints.ifbench.sentences import split_sentences

PIECES = [
    *" .?!\"'”abIx\n\t1é\ue000\ue001İ", "Dr. ", "U.S. He ", " Inc. She ", " Inc. ", "Ph.D. ", "3.14", "...", "e.g. ",
    "a.com ",    "<stop>", "<prd>", "A.B.C.D. It ", ' said."', "Mrs. ",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Rain fell. Did it? Yes!", ["Rain fell.", "Did it?", "Yes!"]),
        ("Rain fell.\n\nWind came", ["Rain fell.", "Wind came"]),
        ("Mr. Tarn met Dr. Low.", ["Mr. Tarn met Dr. Low."]),
        ("It cost 3.14 at a.com today.", ["It cost 3.14 at a.com today."]),
        ("Wait... no.", ["Wait...", "no."]),
        ("The U.S. She left.", ["The U.S.", "She left."]),
        ("The U.S. navy left.", ["The U.S. navy left."]),
        ("Tarn Inc. He left.", ["Tarn Inc", "He left."]),
        ("Tarn Inc. failed.", ["Tarn Inc. failed."]),
        ('He said "Rain." Then', ['He said "Rain".', "Then"]),
        ("“Rain.” Then", ["“Rain”.", "Then"]),
        ("Rain?! No.", ["Rain?", "!", "No."]),
        ("A <stop> b <prd> c", ["A", "b . c"]),
        ("Rain. <stop>", ["Rain.", ""]),
        ("Mr Tarn", ["Mr Tarn"]),
        ("", []),
    ],
)
def test_a_text_is_split_as_the_official_code_does(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == sentences


def test_a_sentence_knows_where_it_stands() -> None:
    text = 'Rain fell.  He said "no." Yes'
    assert [text[slice(*sentence.span)] for sentence in split_sentences(text)] == ["Rain fell.", 'He said "no."', "Yes"]


@settings(max_examples=150)
@given(text=st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_the_spans_are_in_order_and_hold_the_letters_of_the_sentence(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert end <= sentence.start <= sentence.end <= len(text)
        end = sentence.end
        if "<" not in text:
            letters = [character for character in text[slice(*sentence.span)] if character.isalnum()]
            assert letters == [character for character in sentence.text if character.isalnum()]
