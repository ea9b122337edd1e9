"""Tests of the rules for every kind: arguments, blank texts, loose variants, the JSON form."""

import json

import pytest

from annotator.constraints import (
    ConstraintArgumentError,
    ConstraintSpec,
    UnknownKindError,
    check,
    check_all,
    title,
    validate,
)
from tests.constraints.deciding import decided, selected, strict
from tests.constraints.specs import COMPLETE


def test_the_hubs_null_padding_is_dropped():
    padded = {"num_words": 5.0, "relation": "at least", "keywords": None, "letter": None}
    assert validate("length_constraints:number_words", padded) == {"num_words": 5, "relation": "at least"}
    assert strict("length_constraints:number_words", padded, "one two three four five").obeyed is True


@pytest.mark.parametrize(
    ("kind", "kwargs", "message"),
    [
        ("length_constraints:number_words", {"num_words": -1}, "argument 'num_words' must be at least 0, not -1"),
        ("length_constraints:number_words", {"num_words": "5"}, "argument 'num_words' must be an integer, not '5'"),
        ("length_constraints:number_words", {"num_words": True}, "argument 'num_words' must be an integer, not True"),
        ("length_constraints:number_words", {"num_words": 2.5}, "argument 'num_words' must be an integer, not 2.5"),
        (
            "length_constraints:number_words",
            {"relation": "at most"},
            "argument 'relation' must be one of 'less than', 'at least', not 'at most'",
        ),
        ("punctuation:no_comma", {"bogus": 1}, "argument 'bogus' is unknown; the kind takes no arguments"),
        (
            "punctuation:no_comma",
            {"[" * 5_000: 1},
            f"argument '{'[' * 12}...{'[' * 13}' is unknown; the kind takes no arguments",
        ),
        ("startend:end_checker", {"bogus": 1}, "argument 'bogus' is unknown; the kind takes end_phrase"),
        ("keywords:existence", {"keywords": "rain"}, "argument 'keywords' must be a list of texts, not 'rain'"),
        (
            "keywords:existence",
            {"keywords": ["("]},
            "argument 'keywords' is not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        (
            "keywords:forbidden_words",
            {"forbidden_words": ["(a+)+$"]},
            "argument 'forbidden_words' can take exponential time on hostile text, for its repeats overlap",
        ),
        (
            "keywords:letter_frequency",
            {"letter": "ab"},
            "argument 'letter' must be a single character, not 'ab'",
        ),
        (
            "length_constraints:nth_paragraph_first_word",
            {"num_paragraphs": 2, "nth_paragraph": 3, "first_word": "a"},
            "argument 'nth_paragraph' must be at most num_paragraphs (2), not 3",
        ),
    ],
)
def test_a_wrong_argument_is_refused_in_one_sentence_and_makes_the_verdict_unverifiable(kind, kwargs, message):
    with pytest.raises(ConstraintArgumentError) as caught:
        validate(kind, kwargs)
    assert str(caught.value) == f"{kind}: {message}"
    verdict = strict(kind, kwargs, "a text")
    assert (verdict.obeyed, verdict.note) == (None, f"{kind}: {message}")


@pytest.mark.parametrize(
    ("kind", "kwargs", "argument"),
    [
        ("length_constraints:number_words", {"relation": "at least", "num_words": None}, "num_words"),
        ("length_constraints:number_words", {"num_words": 3}, "relation"),
        ("keywords:existence", {"keywords": []}, "keywords"),
        ("keywords:letter_frequency", {"let_relation": "at least", "let_frequency": 1}, "letter"),
    ],
)
def test_a_missing_argument_loads_and_is_never_drawn(kind, kwargs, argument):
    validate(kind, kwargs)
    decision = decided(kind, kwargs, "a text")
    assert decision.strict.obeyed is decision.loose.obeyed is None
    assert decision.strict.note == (
        f"argument {argument!r} is missing, for which the official checker draws a random value"
    )


def test_a_missing_request_to_repeat_is_unverifiable():
    assert strict("combination:repeat_prompt", {}, "a").note == "argument 'prompt_to_repeat' is missing"


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UnknownKindError, match="unknown constraint kind 'foo:bar'; known kinds: change_case:"):
        validate("foo:bar", {})
    assert check(ConstraintSpec("foo:bar", {}), "text").strict.note == "no checker is installed for foo:bar"


@pytest.mark.parametrize("kind", sorted(COMPLETE))
def test_a_blank_text_obeys_nothing(kind):
    for text in ("", " \n\t"):
        decision = check(ConstraintSpec(kind, COMPLETE[kind]), text)
        assert decision.strict.obeyed is decision.loose.obeyed is False
        assert decision.strict.note == "the text is blank, which obeys nothing"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("*no comma", "obeyed without asterisks"),
        ("Sure, here:\nno comma", "obeyed without the first line"),
        ("no comma\nHope this helps, bye", "obeyed without the last line"),
        ("Sure,\nno comma\nbye,", "obeyed without the first and the last line"),
    ],
)
def test_loose_names_the_reading_that_obeys(text, note):
    kind, kwargs = ("startend:end_checker", {"end_phrase": "no comma"})
    if text.startswith("*"):
        kind, kwargs = ("combination:repeat_prompt", {"prompt_to_repeat": "no comma"})
    elif "," in text:
        kind, kwargs = ("punctuation:no_comma", {})
    decision = decided(kind, kwargs, text)
    assert (decision.strict.obeyed, decision.loose.obeyed) == (False, True)
    assert decision.loose.note == note


def test_evidence_of_a_loose_reading_lies_in_the_original_text():
    text = "Sure!\n  **[name]** and *[place]*\nBye"
    kwargs = {"end_phrase": "[place]"}
    decision = decided("startend:end_checker", kwargs, text)
    assert decision.loose.note == "obeyed without the last line and asterisks"
    assert selected(text, decision.loose) == ["[place]"]


def test_a_loose_verdict_that_no_reading_meets_is_the_strict_one():
    decision = decided("punctuation:no_comma", {}, "a,\nb,\nc,")
    assert decision.loose == decision.strict


def test_constraints_of_one_text_come_back_in_their_order():
    specs = [ConstraintSpec("punctuation:no_comma", {}), ConstraintSpec("startend:quotation", {})]
    assert [decision.kind for decision in check_all(specs, '"a"')] == [spec.kind for spec in specs]


def test_a_verdict_has_a_json_form():
    verdict = strict("punctuation:no_comma", {}, "a, b")
    assert json.loads(json.dumps(verdict.as_json())) == {
        "obeyed": False,
        "observed": "1 comma",
        "required": "no commas",
        "spans": [[1, 2]],
        "note": "1 comma, none allowed",
    }


@pytest.mark.parametrize(
    ("kind", "kwargs", "sentence"),
    [
        ("punctuation:no_comma", {}, "No commas"),
        ("length_constraints:number_words", {"num_words": 60, "relation": "at least"}, "At least 60 words"),
        ("length_constraints:number_words", {"num_words": 1, "relation": "less than"}, "Fewer than 1 word"),
        ("startend:end_checker", {"end_phrase": "Ride home."}, "Ends with the phrase “Ride home.”"),
        ("keywords:existence", {"keywords": ["b", "a"]}, "Includes “a” and “b”"),
        ("length_constraints:number_words", {"num_words": None}, "Number of words (cannot be verified)"),
        (
            "length_constraints:nth_paragraph_first_word",
            {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "Rain"},
            "3 paragraphs, the 2nd beginning with “rain”",
        ),
    ],
)
def test_titles_are_what_a_person_would_say(kind, kwargs, sentence):
    assert title(kind, kwargs) == sentence


@pytest.mark.parametrize("kind", sorted(COMPLETE))
def test_every_kind_has_a_title_and_complete_arguments_validate(kind):
    assert validate(kind, COMPLETE[kind]) == COMPLETE[kind]
    assert not title(kind, COMPLETE[kind])[0].islower()
