"""Tests of our own prompts: each states in words what its kwargs require, and each can be satisfied."""

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from annotator.constraints import ConstraintSpec, check_all
from annotator.datasets.models import Constraint
from annotator.datasets.readers import PromptRecord, Rejection, read_ifeval
from annotator.datasets.services import dataset_import
from tests.paths import REPOSITORY, SHARED_DATA, needs_shared_data

PROMPTS = REPOSITORY / "fixtures" / "prompts.jsonl"
WITNESSES = Path(__file__).parent / "witnesses.jsonl"
KINDS = 25

NUMBERS = {"one": 1, "two": 2, "twice": 2, "three": 3, "four": 4, "five": 5, "six": 6}
ORDINALS = {1: "first paragraph", 2: "second paragraph", 3: "third paragraph"}
LANGUAGES = {"fr": "French", "es": "Spanish", "de": "German", "it": "Italian"}
AT_LEAST = r"at least|or more|\bneeds\b"
LESS_THAN = r"less than|fewer than|under|below|before you reach"


def prompts() -> list[PromptRecord]:
    records = list(read_ifeval(PROMPTS.read_bytes().splitlines()))
    assert [item for item in records if isinstance(item, Rejection)] == []
    return [item for item in records if isinstance(item, PromptRecord)]


RECORDS = prompts()
STATED = [
    pytest.param(record.text, spec, record.text[span[0] : span[1]], id=f"{record.key}-{spec.kind}")
    for record in RECORDS
    for spec, span in zip(record.specs, record.spans, strict=True)
    if span
]


def numbers_in(text: str) -> set[int]:
    digits = {int(number) for number in re.findall(r"\d+", text)}
    return digits | {NUMBERS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in NUMBERS}


def says_relation(text: str, relation: str) -> bool:
    return bool(re.search({"at least": AT_LEAST, "less than": LESS_THAN}[relation], text, re.IGNORECASE))


def says_bound(number: str, relation: str) -> Callable[[str, dict[str, Any]], bool]:
    return lambda text, kwargs: kwargs[number] in numbers_in(text) and says_relation(text, kwargs[relation])


def says(pattern: str) -> Callable[[str, dict[str, Any]], bool]:
    return lambda text, kwargs: bool(re.search(pattern, text, re.IGNORECASE))


def quotes(name: str) -> Callable[[str, dict[str, Any]], bool]:
    return lambda text, kwargs: set(re.findall('"([^"]+)"', text)) == set(kwargs[name])


# kind -> whether a phrase states what the kwargs require
SAYS: dict[str, Callable[[str, dict[str, Any]], bool]] = {
    "change_case:capital_word_frequency": says_bound("capital_frequency", "capital_relation"),
    "change_case:english_capital": says("capital.*English|English.*capital"),
    "change_case:english_lowercase": says("English.*lowercase"),
    "combination:repeat_prompt": says("request above"),
    "combination:two_responses": says(r"two different.*\*{6}"),
    "detectable_content:number_placeholders": lambda text, kwargs: (
        kwargs["num_placeholders"] in numbers_in(text)
        and bool(re.search(r"\[\w+\]", text))
        and says_relation(text, "at least")
    ),
    "detectable_content:postscript": lambda text, kwargs: kwargs["postscript_marker"] in text,
    "detectable_format:constrained_response": says(r"My answer is yes\..*My answer is no\..*My answer is maybe\."),
    "detectable_format:json_format": says("JSON"),
    "detectable_format:multiple_sections": lambda text, kwargs: (
        kwargs["num_sections"] in numbers_in(text) and kwargs["section_spliter"] in text
    ),
    "detectable_format:number_bullet_lists": lambda text, kwargs: (
        kwargs["num_bullets"] in numbers_in(text) and "exactly" in text and '"* ' in text
    ),
    "detectable_format:number_highlighted_sections": lambda text, kwargs: (
        kwargs["num_highlights"] in numbers_in(text) and bool(re.search(r"\*[\w ]+\*", text)) and "at least" in text
    ),
    "detectable_format:title": says("title in double angular brackets.*<<.+>>"),
    "keywords:existence": quotes("keywords"),
    "keywords:forbidden_words": quotes("forbidden_words"),
    "keywords:frequency": lambda text, kwargs: (
        f'"{kwargs["keyword"]}"' in text and says_bound("frequency", "relation")(text, kwargs)
    ),
    "keywords:letter_frequency": lambda text, kwargs: (
        f"letter {kwargs['letter']}" in text and says_bound("let_frequency", "let_relation")(text, kwargs)
    ),
    "language:response_language": lambda text, kwargs: LANGUAGES[kwargs["language"]] in text,
    "length_constraints:nth_paragraph_first_word": lambda text, kwargs: (
        kwargs["num_paragraphs"] in numbers_in(text)
        and ORDINALS[kwargs["nth_paragraph"]] in text
        and f'"{kwargs["first_word"]}"' in text
    ),
    "length_constraints:number_paragraphs": lambda text, kwargs: (
        kwargs["num_paragraphs"] in numbers_in(text) and "***" in text
    ),
    "length_constraints:number_sentences": says_bound("num_sentences", "relation"),
    "length_constraints:number_words": says_bound("num_words", "relation"),
    "punctuation:no_comma": says("comma"),
    "startend:end_checker": lambda text, kwargs: f'"{kwargs["end_phrase"]}"' in text,
    "startend:quotation": says("double quotation marks"),
}


def test_there_are_enough_prompts_and_every_kind_stands_at_least_twice() -> None:
    kinds = Counter(spec.kind for record in RECORDS for spec in record.specs)
    assert len(RECORDS) >= 44
    assert len(kinds) == KINDS == len(SAYS)
    assert min(kinds.values()) >= 2


def test_keys_count_from_one_and_no_text_comes_twice() -> None:
    assert [record.key for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert len({record.text for record in RECORDS}) == len(RECORDS)


def test_each_prompt_has_one_to_three_constraints_and_a_span_for_each() -> None:
    assert {len(record.specs) for record in RECORDS} == {1, 2, 3}
    assert all(span for record in RECORDS for span in record.spans)
    assert len(STATED) == sum(len(record.specs) for record in RECORDS)


@pytest.mark.parametrize(("text", "spec", "phrase"), STATED)
def test_the_span_selects_the_words_that_state_the_kwargs(text: str, spec: ConstraintSpec, phrase: str) -> None:
    assert SAYS[spec.kind](phrase, dict(spec.kwargs)), phrase
    assert phrase == phrase.strip()
    assert len(phrase) < len(text) or len(text) < 60


def test_spans_of_one_prompt_do_not_overlap() -> None:
    for record in RECORDS:
        spans = sorted(span for span in record.spans if span)
        assert all(left[1] <= right[0] for left, right in pairwise(spans)), record.key


def test_what_is_to_be_repeated_stands_in_front_of_the_prompt() -> None:
    for record in RECORDS:
        for spec in record.specs:
            assert record.text.startswith(spec.kwargs.get("prompt_to_repeat", "")), record.key


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.key))
def test_a_person_can_satisfy_every_constraint_at_once(record: PromptRecord) -> None:
    witnesses = {row["key"]: row["response"] for row in map(json.loads, WITNESSES.read_text().splitlines())}
    answer = witnesses[record.key]
    decisions = check_all(list(record.specs), answer, prompt=record.text)
    assert [decision.strict.obeyed for decision in decisions] == [True] * len(record.specs), decisions
    assert len(answer.split()) <= 150


@pytest.mark.django_db
def test_they_import_with_the_spans_of_the_file() -> None:
    dataset = dataset_import(name="fixture", path_or_lines=PROMPTS).dataset
    assert dataset.prompt_count == len(RECORDS)
    stored = Constraint.objects.filter(prompt__dataset=dataset).order_by("prompt__position", "position")
    assert [(c.span_start, c.span_end) for c in stored] == [span for record in RECORDS for span in record.spans]


@needs_shared_data
def test_none_is_a_prompt_of_the_benchmark() -> None:
    rows = (SHARED_DATA / "ifeval" / "input_data.jsonl").read_text().splitlines()
    assert not {json.loads(row)["prompt"] for row in rows} & {record.text for record in RECORDS}
