"""Matching of responses with prompts: by key, by text, by both, and every reason against it."""

from pathlib import Path

from tests.datasets.responses.reading import RAIN, TEA, read, written
from tests.datasets.responses.test_formats import inspect_row


def test_a_prompt_has_one_response_and_the_second_names_the_first(tmp_path: Path) -> None:
    rows = [{"key": 17, "response": "a"}, {"prompt": TEA, "response": "b"}]
    found, problems = read(written(tmp_path, rows))
    assert found["17"].text == "a"
    assert problems == ["line 2: the prompt with the key “17” has a response in line 1 already; remove one"]


def test_a_text_that_several_prompts_share_needs_a_key(tmp_path: Path) -> None:
    twins = [(1, TEA), (2, f"{TEA} ")]
    found, problems = read(written(tmp_path, [{"prompt": TEA, "response": "a"}]), prompts=twins)
    assert (found, problems) == (
        {},
        ["line 1: its prompt stands more than once in the dataset; name the one meant by key"],
    )
    assert list(read(written(tmp_path, [inspect_row(id=2)]), prompts=twins)[0]) == ["2"]


def test_the_number_of_a_sample_is_no_key_where_its_text_says_otherwise(tmp_path: Path) -> None:
    """A log that numbers its samples from 1 must not be matched with a dataset whose keys are numbers, too."""
    prompts = [(1, RAIN), (2, TEA)]
    found, _ = read(written(tmp_path, [inspect_row(id=1)]), prompts=prompts)
    assert list(found) == ["2"]
    row = inspect_row(id=1, input="Praise coffee.", messages=[{"role": "user", "content": "Praise coffee."}])
    found, [problem] = read(written(tmp_path, [row]), prompts=prompts)
    assert (found, "its prompt is not in the dataset" in problem) == ({}, True)


def test_a_solver_s_template_around_the_prompt_is_seen_through_by_the_sample_s_key(tmp_path: Path) -> None:
    wrapped = f"Think first.\n\n{TEA}\n\nThen answer."
    row = inspect_row(input=wrapped, messages=[{"role": "user", "content": wrapped}])
    assert list(read(written(tmp_path, [row]))[0]) == ["17"]


def test_responses_come_in_the_order_of_the_prompts(tmp_path: Path) -> None:
    rows = [{"key": 17, "response": "b"}, {"key": "rain", "response": "a"}]
    assert [record.text for record in read(written(tmp_path, rows))[0].values()] == ["a", "b"]
