"""Texts whose lines may run from right to left are known by their letters."""

import sys
import unicodedata

import pytest

from annotator.web.marks.directions import has_right_to_left


@pytest.mark.parametrize("text", ["", "Berlin, 5 €", "中文\n答案", "नमस्ते", "a\u202eb\ufeff", "👩\u200d🚀"])
def test_a_text_without_letters_of_such_a_script_is_not_mixed(text: str) -> None:
    assert not has_right_to_left(text)


@pytest.mark.parametrize("text", ["one\nשלום", "مرحبا", "a\u200fb"])
def test_one_letter_of_such_a_script_is_enough(text: str) -> None:
    assert has_right_to_left(text)


def test_every_letter_that_runs_from_right_to_left_is_known() -> None:
    letters = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.bidirectional(chr(code)) in ("R", "AL")]
    assert [letter for letter in letters if not has_right_to_left(letter)] == []
