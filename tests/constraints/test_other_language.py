"""Tests of constraints whose checker does not hold for the prompt's language: kept in words, never decided."""

import pytest

from annotator.constraints import ConstraintArgumentError, ConstraintSpec, check, kinds, title, validate
from annotator.constraints.other_language import KIND, reads
from tests.constraints.specs import COMPLETE

WORDS = {
    "of_kind": "length_constraints:number_words",
    "language": "Hindi",
    "arguments": {"num_words": 300, "relation": "at least"},
}


@pytest.mark.parametrize("text", ["", "एक दो तीन", "word " * 400])
def test_no_text_is_decided_and_the_reason_is_given(text: str) -> None:
    verdict = check(ConstraintSpec(KIND, WORDS), text).strict
    assert verdict.obeyed is None
    reason = "the checker of length_constraints:number_words is made for English and does not hold for Hindi"
    assert (verdict.required, verdict.note) == ("cannot be told", reason)


def test_it_is_shown_in_the_words_of_the_constraint_that_it_stands_for() -> None:
    assert title(KIND, WORDS) == "At least 300 words (cannot be verified)"
    assert KIND in kinds()
    with pytest.raises(ConstraintArgumentError, match="argument 'words' is unknown"):
        validate(KIND, {"words": 3})
    with pytest.raises(ConstraintArgumentError, match="argument 'arguments' must be an object, not 3"):
        validate(KIND, {"arguments": 3})
    assert title(KIND, {"of_kind": 3}) == "Not verifiable in this language (cannot be verified)"


@pytest.mark.parametrize(
    ("kind", "languages"),
    [
        ("change_case:english_capital", {"English"}),
        ("detectable_format:constrained_response", {"English"}),
        ("length_constraints:number_words", {"English", "French", "Russian"}),
        ("keywords:forbidden_words", {"English", "French", "Russian"}),
        ("punctuation:no_comma", {"English", "French", "Russian", "Hindi"}),
        ("keywords:existence", {"English", "French", "Russian", "Hindi", "Chinese", "Thai"}),
    ],
)
def test_which_languages_a_checker_reads(kind: str, languages: set[str]) -> None:
    every = {"English", "French", "Russian", "Hindi", "Chinese", "Thai"}
    assert {language for language in every if reads(kind, language)} == languages


def test_every_checker_reads_english() -> None:
    assert all(reads(kind, "English") for kind in COMPLETE)


@pytest.mark.parametrize(
    ("kind", "kwargs", "text"),
    [
        ("keywords:forbidden_words", {"forbidden_words": ["词"]}, "这是一个词语。"),
        ("length_constraints:number_words", {"num_words": 4, "relation": "at least"}, "这是一个很长的句子"),
        ("length_constraints:number_words", {"num_words": 2, "relation": "less than"}, "हिन्दी"),
        ("punctuation:no_comma", {}, "雨，雨。"),
        ("startend:quotation", {}, "“雨”"),
    ],
)
def test_the_checkers_left_out_would_be_wrong(kind: str, kwargs: dict[str, object], text: str) -> None:
    """Each text obeys or violates for its readers what the checker decides the other way round."""
    right = {"keywords:forbidden_words": False, "punctuation:no_comma": False}.get(kind, True)
    assert check(ConstraintSpec(kind, kwargs), text).strict.obeyed is not right
