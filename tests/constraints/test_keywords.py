import pytest

from tests.constraints.deciding import decided, selected, strict

EXISTENCE, FREQUENCY = "keywords:existence", "keywords:frequency"
FORBIDDEN, LETTER = "keywords:forbidden_words", "keywords:letter_frequency"


@pytest.mark.parametrize(
    ("keywords", "text", "obeyed"),
    [
        (["rain"], "It is raining.", True),  # inside another word
        (["rain"], "RAIN!", True),  # in any case
        (["rain", "sun"], "Rain only.", False),
        (["r.in"], "The ruin.", True),  # keywords are patterns
        (["C\\+\\+"], "I like C++.", True),
    ],
)
def test_keywords_are_found_anywhere_in_any_case(keywords, text, obeyed):
    assert strict(EXISTENCE, {"keywords": keywords}, text).obeyed is obeyed


def test_a_missing_keyword_is_named_and_the_others_are_shown():
    text = "Rain falls."
    verdict = strict(EXISTENCE, {"keywords": ["rain", "sun", "moon"]}, text)
    assert verdict.note == "“moon” and “sun” are not in the text"
    assert verdict.observed == "1 of 3 keywords"
    assert selected(text, verdict) == ["Rain"]


@pytest.mark.parametrize(
    ("relation", "frequency", "obeyed"),
    [("at least", 3, True), ("at least", 4, False), ("less than", 4, True), ("less than", 3, False)],
)
def test_a_keyword_is_counted_inside_other_words_too(relation, frequency, obeyed):
    kwargs = {"keyword": "cat", "frequency": frequency, "relation": relation}
    text = "Cat, cats and concatenation."
    verdict = strict(FREQUENCY, kwargs, text)
    assert verdict.obeyed is obeyed
    assert selected(text, verdict) == ["Cat", "cat", "cat"]
    assert verdict.observed == "“cat” 3 times"


def test_too_few_keywords_have_one_sentence():
    verdict = strict(FREQUENCY, {"keyword": "war", "frequency": 2, "relation": "at least"}, "War.")
    assert verdict.note == "“war” 1 time, at least 2 asked"


@pytest.mark.parametrize(
    ("words", "text", "obeyed"),
    [
        (["rock"], "The rocky shore.", True),
        (["rock"], "Rock!", False),
        (["a", "b"], "c d", True),
        (["e"], "café e", False),
    ],
)
def test_a_forbidden_word_is_a_word_of_its_own(words, text, obeyed):
    assert strict(FORBIDDEN, {"forbidden_words": words}, text).obeyed is obeyed


def test_every_forbidden_word_is_underlined():
    text = "No rock, no ROCK, no stone."
    verdict = strict(FORBIDDEN, {"forbidden_words": ["stone", "rock", "sand"]}, text)
    assert selected(text, verdict) == ["rock", "ROCK", "stone"]
    assert verdict.note == "“rock” and “stone” are used, though forbidden"


@pytest.mark.parametrize(
    ("letter", "text", "count"),
    [("o", "Oo no", 3), ("i", "Iiİ", 3), ("k", "K\u212a", 2), ("#", "# one\n## two", 3), ("!", "no", 0)],
)
def test_letters_are_counted_in_both_cases_and_other_characters_as_they_are(letter, text, count):
    kwargs = {"letter": letter, "let_frequency": count, "let_relation": "at least"}
    verdict = strict(LETTER, kwargs, text)
    assert verdict.obeyed is True
    assert [letter in character.lower() for character in selected(text, verdict)] == [True] * count


def test_an_odd_letter_is_taken_literally_and_says_so():
    verdict = strict(LETTER, {"letter": "#", "let_frequency": 4, "let_relation": "at least"}, "# a")
    assert verdict.obeyed is False
    assert verdict.note == (
        "the letter “#” 1 time, at least 4 asked; "
        "“#” is counted as it stands, where the official checker draws a random letter"
    )


def test_evidence_after_a_letter_that_grows_in_lower_case_is_not_shifted():
    text = "İİ end"
    verdict = strict(LETTER, {"letter": "e", "let_frequency": 1, "let_relation": "at least"}, text)
    assert selected(text, verdict) == ["e"]


def test_a_pattern_that_runs_out_of_time_gives_no_verdict():
    decision = decided(EXISTENCE, {"keywords": [r"\w+q\w+z"]}, "aq" * 50_000)
    assert decision.strict.obeyed is None
    assert decision.loose.obeyed is None
    assert decision.strict.note == "a regular expression of the constraint ran out of time on this text"
