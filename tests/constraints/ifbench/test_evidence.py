"""Tests of the evidence of IFBench's kinds: what is marked, what was counted, and the sentence for a violation."""

from typing import Any

import pytest

from tests.constraints.deciding import selected, strict
from tests.constraints.ifbench.examples import EXAMPLES

# kind, text, what is marked, what was observed, the note
EVIDENCE: list[tuple[str, str, list[str], str, str]] = [
    ("count:conjunctions", "Rain and wind or hail", ["and", "or"], "2 different coordinating conjunctions",
     "2 different coordinating conjunctions, at least 3 asked"),
    ("count:conjunctions", "And and, and", ["And", "and,", "and"], "3 different coordinating conjunctions",
     "the official checker counts each spelling of a conjunction, such as “and” and “And”, by itself"),
    ("count:numbers", "1,000 boats, 2 oars", ["1,000", "2"], "2 numbers", "2 numbers, exactly 3 required"),
    ("count:person_names", "Emma and Noah", ["Emma", "Noah"], "2 different person names of the list",
     "2 different person names of the list, at least 3 asked"),
    ("count:pronouns", "She/he saw it", ["She", "he", "it"], "3 pronouns", "3 pronouns, at least 4 asked"),
    ("count:punctuation", "What?! A, b; c: d!", ["?!", ",", ";", ":", "!"], "5 of 7 marks",
     "“.” and “?” are not in the text"),
    ("count:word_count_range", "One two three four five six seven eight nine ten", ["nine ten"], "10 words",
     "10 words, 6 to 8 required"),
    ("count:words_japanese", "one two three 雨", ["three"], "0 of 1 such words are Japanese",
     "0 of 1 such words are Japanese, all required"),
    ("custom:date_format_list", "1805-12-02, 1830-01-01", [" 1830-01-01"], "1 of 2 are dates",
     "“1830-01-01” is no such date"),
    ("custom:multiples", "14 20 28", ["20"], "3 numbers", "the numbers of the text are not those six in order"),
    ("custom:word_reverse", "Eagle bald", ["Eagle bald"], "“eagle bald” is in the text", ""),
    ("format:emoji", "Rain 🌧. Wind.", ["Wind."], "1 of 2 sentences end with an emoji",
     "1 of 2 sentences end with an emoji, all required"),
    ("format:line_indent", "a\n  b\n b", ["  b", " b"], "2 lines like stairs",
     "a line is indented by 1 spaces, the one before by 2; without the first line it is obeyed"),
    ("format:no_bullets_bullets", "One. Two.\n* a\nThree.", ["Three."], "2 sentences, then 1 bullet",
     "a line that is no bullet follows a blank line or a bullet"),
    ("format:no_whitespace", "a b\n\nc", [" ", "\n\n"], "2 pieces of white space",
     "2 pieces of white space, none allowed; without the first line it is obeyed"),
    ("format:parentheses", "x (a [b {c}])", [], "3 levels", "3 levels, at least 5 required"),
    ("format:parentheses", "x (a [b {c (d [e])}]) y", ["(a [b {c (d [e]"], "5 levels", ""),
    ("format:quotes", "\"a 'b \"c\" d' e\" f", ["\"a 'b \"c\" d' e\""], "3 levels", ""),
    ("format:quote_unquote", 'A "b" “c” d', ["\" “"], "a quotation mark follows another with nothing between them",
     "a quotation mark follows another with nothing between them"),
    ("format:sub-bullets", "* a\n- b\n* c", ["*"], "1 bullet without a sub-bullet",
     "1 bullet without a sub-bullet, none allowed; without asterisks it is obeyed"),
    ("format:title_case", "Rain fell On us", ["fell", "us"], "2 words in lower case",
     "2 words in lower case, none allowed"),
    ("ratio:sentence_type", "Rain fell. Did it?", ["Did it?"], "1 statements, 1 questions",
     "1 statements, 1 questions, two to one required"),
    ("ratio:stop_words", "It is rain", ["It", "is"], "66.7 % stop words (2 of 3)",
     "66.7 % stop words (2 of 3), at most 30 % allowed"),
    ("repeat:repeat_span", "over a harbour", ["a"], "“a” stands where “the” is required",
     "“a” stands where “the” is required"),
    ("sentence:increment", "One. One two three. Four.", ["Four."], "2 sentences in order",
     "a sentence has 1 word, 5 required"),
    ("sentence:keyword", "One. Two. A boat.", ["A boat."], "“boat” is in sentence 3", ""),
    ("words:alphabet", "All boats sank", ["sank"], "2 words in order", "“sank” does not begin with “c”"),
    ("words:consonants", "Storms - ships on", ["-", "on"], "2 words without a consonant cluster",
     "2 words without a consonant cluster, none allowed"),
    ("words:keywords_specific_position", "One. It isn't rain today.", ["rain"], "“rain” is word 4 of sentence 2", ""),
    ("words:last_first", "We saw rain. Wind came.", ["Wind came."], "1 sentence in the chain",
     "a sentence ends with “rain”, the next begins with “Wind”"),
    ("words:no_consecutive", "Big boats sink", ["Big boats"], "1 pair with the same first letter",
     "1 pair with the same first letter, none allowed"),
    ("words:palindrome", "Level, Otto, kayak", ["Level,", "kayak"], "2 palindromes",
     "2 palindromes, at least 10 asked"),
    ("words:repeats", "Rain, rain, rain, wind", ["Rain,", "rain,", "rain,"], "the most frequent word 3 times",
     "1 word too often, such as “rain”"),
    ("words:words_position", "A rain b", ["rain"], "“rain” is the second word, “rain” the second to last", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "marked", "observed", "note"), EVIDENCE)
def test_a_verdict_shows_what_was_counted_and_where(
    kind: str, text: str, marked: list[str], observed: str, note: str
) -> None:
    verdict = strict(kind, EXAMPLES[kind][0], text)
    assert sorted(selected(text, verdict)) == sorted(marked)
    assert (verdict.observed, verdict.note) == (observed, note)


@pytest.mark.parametrize(
    ("kind", "kwargs", "text", "reason"),
    [
        ("count:numbers", {}, "1", "argument 'N' is missing, for which the official checker draws a random value"),
        ("count:words_japanese", {}, "a", "argument 'N' is missing"),
        ("repeat:repeat_change", {}, "a", "argument 'prompt_to_repeat' is missing"),
        (
            "repeat:repeat_span",
            {"prompt_to_repeat": "a b", "n_start": 0, "n_end": 1},
            "a",
            "a place of 0 is replaced by a random one in the official checker",
        ),
        (
            "ratio:stop_words",
            {"percentage": 5},
            "?!",
            "there is no word in the text, on which the official checker fails",
        ),
    ],
)
def test_where_the_official_code_decides_nothing_the_verdict_says_why(
    kind: str, kwargs: dict[str, Any], text: str, reason: str
) -> None:
    verdict = strict(kind, kwargs, text)
    assert (verdict.obeyed, verdict.note) == (None, reason)
