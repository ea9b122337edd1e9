"""Property tests of all kinds: no text raises, loose is never stricter, evidence lies in the text."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.constraints import ConstraintSpec, check, check_all
from annotator.constraints.verdict import MAX_SPANS
from tests.constraints.deciding import selected, strict
from tests.constraints.specs import COMPLETE
from tests.timing import quickest_s

SPECS = [ConstraintSpec(kind, COMPLETE[kind]) for kind in sorted(COMPLETE)]
PIECES = [
    "rain", "The", "NASA", "sun", "*", "***", "******", "\n", "\n\n", " ", ",", ".", "!", "- ", "* ", "[a]", "[",
    "<<t>>", "Section 1", "P.S. x", '"', "'", "Write a poem.", "the end.", "{", "}", "[1]", "İ", "\ud800", "\0",
    "\u2028", "中", "i", "My answer is yes.",
]  # fmt: skip
any_character = st.characters(codec=None, exclude_categories=())
any_text = st.text(any_character, max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@settings(max_examples=150)
@given(text=any_text)
def test_any_text_gets_a_verdict_with_evidence_inside_it(text):
    for decision in check_all(SPECS, text, prompt=text):
        assert decision.strict.obeyed in (True, False)
        assert decision.loose.obeyed is True or decision.strict.obeyed is False
        for verdict in (decision.strict, decision.loose):
            assert list(verdict.spans) == sorted(set(verdict.spans))
            assert all(0 <= start < end <= len(text) for start, end in verdict.spans)
            assert verdict.observed
            assert verdict.required
        if decision.strict.obeyed is False:
            assert decision.strict.note


LISTED = {
    "punctuation:no_comma": ({}, lambda piece: piece == ","),
    "keywords:letter_frequency": (
        {"letter": "i", "let_frequency": 0, "let_relation": "less than"},
        lambda piece: "i" in piece.lower() and len(piece) == 1,
    ),
    "keywords:frequency": (
        {"keyword": "rain", "frequency": 0, "relation": "less than"},
        lambda piece: piece.lower() == "rain",
    ),
    "keywords:forbidden_words": ({"forbidden_words": ["the"]}, lambda piece: piece.lower() == "the"),
    "detectable_content:number_placeholders": (
        {"num_placeholders": 9},
        lambda piece: piece[0] == "[" and piece[-1] == "]",
    ),
    "detectable_format:number_bullet_lists": ({"num_bullets": 99}, lambda piece: piece[0] in "*-"),
    "detectable_format:number_highlighted_sections": (
        {"num_highlights": 99},
        lambda piece: piece[0] == piece[-1] == "*" and piece.strip("*").strip(),
    ),
    "detectable_format:multiple_sections": (
        {"section_spliter": "Section", "num_sections": 99},
        lambda piece: piece.startswith("Section") and piece[-1].isdecimal(),
    ),
    "change_case:capital_word_frequency": (
        {"capital_frequency": 0, "capital_relation": "less than"},
        str.isupper,
    ),
}


@pytest.mark.parametrize("kind", sorted(LISTED))
@settings(max_examples=100)
@given(text=any_text)
def test_evidence_selects_exactly_what_was_counted(kind, text):
    kwargs, is_one = LISTED[kind]
    verdict = strict(kind, kwargs, text)
    pieces = selected(text, verdict)
    assert all(map(is_one, pieces))
    if verdict.observed[0].isdecimal() and kind != "keywords:forbidden_words":
        assert len(pieces) == int(verdict.observed.split()[0])


def test_evidence_is_capped_and_the_count_is_not():
    verdict = strict("punctuation:no_comma", {}, "," * 2000)
    assert len(verdict.spans) == MAX_SPANS
    assert verdict.observed == "2000 commas"


HOSTILE = {
    name: (piece * (100_000 // len(piece) + 1))[:100_000]
    for name, piece in {
        "blanks": " ", "lines": "\n", "stars": "*", "brackets": "[", "angles": "<<", "angles apart": "<<\n",
        "full stops": ".", "stops and blanks": ". ", "unbroken stops": ".\xa0", "quotes": '"', "apostrophes": "'",
        "closing": ").", "dashes": "-\n", "star lines": "*\n", "open json": '{"a":', "postscripts": "p. ",
        "digits": "1", "words": "word ", "capitals": "IT'S. ", "sections": "Section ", "addresses": "a@",
        "surrogates": "\ud800", "nulls": "\0", "growing": "İ", "mixture": "aA.?!\"' \n", "letters": "a",
    }.items()
}  # fmt: skip
HOSTILE |= {"deep json": "[" * 50_000 + "]" * 50_000, "one stop": "." + " " * 99_999, "open quote": '"' + "a" * 99_999}
DEMANDING: dict[str, dict[str, Any]] = COMPLETE | {
    "keywords:existence": {"keywords": [r"\w+q", "x.*y.*z", "(ab)*c"]},
    "keywords:frequency": {"keyword": r"\w+ \w+z", "frequency": 2, "relation": "at least"},
    "keywords:forbidden_words": {"forbidden_words": [".*", r"\s+x"]},
    "detectable_content:number_placeholders": {"num_placeholders": 10**8},
    "detectable_format:number_highlighted_sections": {"num_highlights": 10**8},
    "detectable_format:multiple_sections": {"section_spliter": "Section", "num_sections": 10**8},
    "change_case:capital_word_frequency": {"capital_frequency": 10**8, "capital_relation": "at least"},
}


@pytest.mark.slow
@pytest.mark.parametrize("text", sorted(HOSTILE))
def test_no_checker_takes_three_seconds_on_100_kb_of_hostile_text(text):
    slow = []
    for kind in sorted(COMPLETE):
        spec = ConstraintSpec(kind, DEMANDING[kind])
        if (seconds := quickest_s(partial(check, spec, HOSTILE[text]), enough_s=3)) > 3:
            slow.append((kind, round(seconds, 2)))
    assert slow == []


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["aA.?!\"' \n", "\ud800\0,", "The rain, * [x] 1. "])
def test_a_megabyte_makes_nothing_raise(piece):
    text = piece * (1_000_000 // len(piece))
    for decision in check_all(SPECS, text):
        assert decision.loose.obeyed is not None
