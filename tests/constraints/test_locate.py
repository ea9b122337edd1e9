import json

import pytest

from annotator.constraints import ConstraintSpec, locate
from tests.constraints.specs import COMPLETE
from tests.paths import SHARED_DATA, needs_shared_data

PROMPT = (
    "Write a 300+ word summary of the page about rain. Do not use any commas and highlight at least 3 sections, "
    'for example *part 1*. Include the keywords "roof" and "river", and do not include the word "sun". '
    "Your ENTIRE response should be in English, and in all capital letters. The letter q should appear at least 6 "
    "times. Wrap your entire response with double quotation marks.\n"
    "Finish your response with this exact phrase: Ride home. No other words should follow."
)


@pytest.mark.parametrize(
    ("kind", "kwargs", "phrase"),
    [
        ("length_constraints:number_words", {"num_words": 300, "relation": "at least"}, "300+ word"),
        ("punctuation:no_comma", {}, "Do not use any commas"),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 3}, "highlight at least 3 sections"),
        ("keywords:existence", {"keywords": ["river", "roof"]}, 'Include the keywords "roof" and "river"'),
        ("keywords:forbidden_words", {"forbidden_words": ["sun"]}, 'do not include the word "sun"'),
        ("change_case:english_capital", {}, "in English, and in all capital letters"),
        ("keywords:letter_frequency", {"letter": "q"}, "The letter q should appear at least 6 times"),
        ("startend:quotation", {}, "Wrap your entire response with double quotation marks"),
        (
            "startend:end_checker",
            {"end_phrase": "Ride home."},
            "Finish your response with this exact phrase: Ride home.",
        ),
    ],
)
def test_the_phrase_that_states_a_constraint_is_found(kind, kwargs, phrase):
    span = locate(PROMPT, ConstraintSpec(kind, kwargs))
    assert span is not None
    assert phrase in PROMPT[slice(*span)]
    assert span[1] - span[0] <= max(len(phrase) + 40, 110)


@pytest.mark.parametrize("kind", sorted(COMPLETE))
def test_nothing_is_guessed_where_the_prompt_says_nothing(kind):
    assert locate("Tell me about Lisbon.", ConstraintSpec(kind, COMPLETE[kind])) is None


def test_odd_arguments_and_kinds_are_no_error():
    assert locate("Tell me.", ConstraintSpec("study:own", {"a": 1})) is None
    assert locate("Two words.", ConstraintSpec("length_constraints:number_words", {"num_words": -1})) is not None
    assert locate("x" * 30_000, ConstraintSpec("punctuation:no_comma", {})) is None


@needs_shared_data
def test_every_constraint_of_ifeval_is_found_in_its_prompt():
    missed, lengths = [], []
    with open(SHARED_DATA / "ifeval/input_data.jsonl", encoding="utf-8") as file:
        for row in map(json.loads, file):
            for kind, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True):
                span = locate(row["prompt"], ConstraintSpec(kind, kwargs))
                if span is None or not row["prompt"][slice(*span)].strip():
                    missed.append((row["key"], kind))
                else:
                    lengths.append(span[1] - span[0])
    assert missed == []
    assert len(lengths) == 834
    assert sum(lengths) / len(lengths) < 60  # clauses, not prompts
