"""Exemplars: the bounds of a set, and when two prompts count as the same."""

from typing import Any

import pytest

from annotator.options import OptionsError
from annotator.strategies.exemplars import (
    LONGEST_SET,
    LONGEST_TEXT,
    MOST_EXEMPLARS,
    Exemplar,
    comparable_text,
    read_exemplars,
)

FIG = {"prompt": "Name a fruit.", "answer": "A fig."}


def test_a_set_keeps_its_number_order_and_texts() -> None:
    texts = ["{prompt} {answer}", "  spaces\nstay ", "ANSWER: x"]
    exemplars = read_exemplars([{"prompt": text, "answer": text, "reasoning": text} for text in texts], where="here")
    assert exemplars == tuple(Exemplar(text, text, text) for text in texts)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], r"here: there is none; give at least one exemplar, or use the strategy base\."),
        ([FIG] * (MOST_EXEMPLARS + 1), "here: there are 65; give at most 64"),
        (
            [FIG, {"prompt": "Name a fruit."}],
            "here: exemplar 2: a field is missing; expected prompt, answer, reasoning",
        ),
        ([{**FIG, "note": "x"}], "here: exemplar 1: unknown field 'note'"),
        ([{**FIG, "answer": " \n"}], "here: exemplar 1: answer is empty; an exemplar has a prompt and an answer"),
        ([{**FIG, "answer": 7}], "here: exemplar 1: answer must be of type str, not 7"),
        ([FIG, "fig"], "here: exemplar 2: expected a JSON object, not 'fig'"),
        (
            [{**FIG, "reasoning": "x" * (LONGEST_TEXT + 1)}],
            "here: exemplar 1: reasoning has 50,001 characters; at most",
        ),
        ([{**FIG, "answer": "fig\x00"}], "here: exemplar 1: answer has a character that cannot be stored at 4"),
        ([{**FIG, "answer": "\ud800"}], "here: exemplar 1: answer has a character that cannot be stored at 1"),
        (
            [{**FIG, "answer": "x" * LONGEST_TEXT}] * (LONGEST_SET // LONGEST_TEXT),
            "here: together they have 400,104 cha",
        ),
    ],
)
def test_a_set_that_cannot_be_used_is_refused_with_the_number_of_the_exemplar(values: Any, sentence: str) -> None:
    with pytest.raises(OptionsError, match=sentence):
        read_exemplars(values, where="here")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Name  a\nfruit. ", "name a fruit.", True),
        ("Name a ﬁg.", "NAME A FIG.", True),
        ("Name a fruit.", "Name a fruit!", False),
        ("Straße", "STRASSE", True),
        ("Name a fruit.", "\ufeffName a\u200b fru\u00adit.", True),
        ("Name a caf\u00e9.", "Name a cafe\u034f\u0301.", True),
    ],
)
def test_case_white_space_compatible_and_invisible_characters_make_no_other_prompt(
    left: str, right: str, *, same: bool
) -> None:
    assert (comparable_text(left) == comparable_text(right)) == same
