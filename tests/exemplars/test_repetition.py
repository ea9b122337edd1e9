"""Repetition: the sentence that an answer says most often."""

import pytest

from annotator.exemplars.repetition import Repetition, most_repeated


def test_a_model_that_runs_on_is_found() -> None:
    assert most_repeated("The answer is yes. " * 36) == Repetition("The answer is yes.", 36)


def test_lines_count_as_sentences_and_letter_case_and_white_space_make_no_difference() -> None:
    text = "* Bring warm socks\n* BRING  warm socks\nThat is all.\n* bring warm socks"
    assert most_repeated(text) == Repetition("* Bring warm socks", 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Once. Twice. Once. Twice. Once.",
        "***\n***\n***\n***",
        "It rains a lot. It rains a lot. Then the sun comes out.",
        "Tea is warm. Rain is cold. Snow is colder.",
    ],
)
def test_short_pieces_and_a_few_repeats_are_none(text: str) -> None:
    assert most_repeated(text) is None
