"""Tests of the kinds of case, language, combination, start and end, and punctuation."""

import pytest

from annotator.constraints import ConstraintSpec, check
from tests.constraints.deciding import selected, strict

CAPITAL, LOWER = "change_case:english_capital", "change_case:english_lowercase"
CAPITAL_WORDS, LANGUAGE = "change_case:capital_word_frequency", "language:response_language"
REPEAT, TWO = "combination:repeat_prompt", "combination:two_responses"
END, QUOTES, NO_COMMA = "startend:end_checker", "startend:quotation", "punctuation:no_comma"

ENGLISH = "the rain is falling on the roof of the old house near the river"


def test_all_capitals_must_be_capitals_and_english():
    assert strict(CAPITAL, {}, ENGLISH.upper()).obeyed is True
    assert strict(CAPITAL, {}, "DER REGEN FÄLLT AUF DAS DACH DES ALTEN HAUSES AM KLEINEN FLUSS, IMMERZU.").note == (
        "the text is detected as German, English asked; its letters are as asked, and only the language is not"
    )
    assert strict(CAPITAL, {}, "12 !").note == "there is no letter in the text, capital letters asked"


def test_a_language_detected_in_few_words_is_said_to_be_doubtful():
    doubtful = "in so few words the official detector often takes one language for another"
    assert strict(CAPITAL, {}, "FAREINSIGHTS").note == f"the text is detected as German, English asked; {doubtful}"
    assert strict(LANGUAGE, {"language": "en"}, "etchings").note.endswith(f"English asked; {doubtful}")
    assert doubtful not in strict(LANGUAGE, {"language": "de"}, ENGLISH).note
    assert doubtful not in strict(LANGUAGE, {"language": "en"}, "你好" * 60).note


def test_each_letter_in_the_wrong_case_is_underlined():
    text = "RAIN falls ON Us"
    verdict = strict(CAPITAL, {}, text)
    assert selected(text, verdict) == ["falls", "s"]
    assert verdict.note == "6 lower-case letters, capital letters asked"
    assert selected(text, strict(LOWER, {}, text)) == ["RAIN", "ON", "U"]


def test_words_in_capitals_are_those_of_the_word_tokenizer():
    text = "NASA's I.T. team said: I CAN'T, CANNOT."
    verdict = strict(CAPITAL_WORDS, {"capital_frequency": 1, "capital_relation": "less than"}, text)
    assert selected(text, verdict) == ["NASA", "I.T", "I", "CA", "N'T", "CAN", "NOT"]
    assert verdict.note == (
        "7 words in capitals, fewer than 1 asked; 1 of them is a single letter (“I”), which counts as a word; "
        "2 words count twice, in two pieces"
    )


def test_a_text_without_detectable_language_counts_as_obeyed_and_says_so():
    verdict = strict(LANGUAGE, {"language": "hi"}, "12345")
    assert verdict.obeyed is True
    assert verdict.note == "no language can be detected in this text, which the official checker counts as obeyed"


def test_the_language_found_is_named():
    verdict = strict(LANGUAGE, {"language": "hi"}, ENGLISH)
    assert (verdict.obeyed, verdict.observed, verdict.required) == (False, "English", "Hindi")


def test_the_request_must_come_first_word_for_word():
    kwargs = {"prompt_to_repeat": "Write a poem about rain. "}
    assert strict(REPEAT, kwargs, " write a POEM about rain. Drops").obeyed is True
    text = "Write a poem about snow."
    verdict = strict(REPEAT, kwargs, text)
    assert text[verdict.spans[0][0] :] == "snow."
    assert verdict.note == "the text parts from the request at character 20, where “rain.” is asked"


def test_a_request_that_is_not_in_the_prompt_is_noted():
    spec = ConstraintSpec(REPEAT, {"prompt_to_repeat": "Write a poem."})
    assert check(spec, "Write a poem. Drops", prompt="Write a poem. First repeat it.").strict.note == ""
    assert "not, letter for letter, a part" in check(spec, "Write a poem. Drops", prompt="Write a song.").strict.note


@pytest.mark.parametrize(
    ("text", "obeyed", "note"),
    [
        ("one\n******\ntwo", True, ""),
        ("******one******two", True, ""),
        ("one*******two", True, "more than six asterisks part the responses, which the official checker lets pass"),
        ("one\n******\none", False, "the two responses are the same"),
        ("one", False, "1 response parted by ******, 2 asked"),
        ("one****** ******two", False, "there is nothing between two separators ******"),
        (
            "one************two",
            False,
            "there is nothing between two separators ******; "
            "a row of 12 asterisks counts as 2 separators; six asterisks are one",
        ),
        ("a******b******c", False, "3 responses parted by ******, 2 asked"),
    ],
)
def test_two_responses_are_parted_by_six_asterisks(text, obeyed, note):
    verdict = strict(TWO, {}, text)
    assert (verdict.obeyed, verdict.note) == (obeyed, note)


@pytest.mark.parametrize(
    ("text", "obeyed"),
    [
        ("Walk. Ride home folded.", True),
        ("Walk. RIDE home folded.  \n", True),
        ('"Walk. Ride home folded."', True),
        ("Ride home folded. Now", False),
        ("Ride home folded", False),
    ],
)
def test_the_text_ends_with_the_phrase(text, obeyed):
    verdict = strict(END, {"end_phrase": "Ride home folded."}, text)
    assert verdict.obeyed is obeyed
    if obeyed:
        assert selected(text, verdict)[0].lower() == "ride home folded."
    else:
        assert verdict.note.partition(";")[0].endswith("“Ride home folded.” asked")


@pytest.mark.parametrize(
    ("text", "obeyed", "wrong"),
    [
        (' "a" ', True, ['"', '"']),
        ('"a', False, ["a"]),
        ("a", False, ["a"]),
        ("“a”", False, ["“", "”"]),
        ('"', False, ['"']),
    ],
)
def test_quotation_marks_wrap_the_text(text, obeyed, wrong):
    verdict = strict(QUOTES, {}, text)
    assert verdict.obeyed is obeyed
    assert selected(text, verdict) == wrong


def test_each_comma_is_underlined_and_other_scripts_have_none():
    text = "one, two, three"
    verdict = strict(NO_COMMA, {}, text)
    assert verdict.spans == ((3, 4), (8, 9))
    assert verdict.note == "2 commas, none allowed"
    assert strict(NO_COMMA, {}, "一，二").note == "1 comma of other scripts, which the official checker lets pass"
