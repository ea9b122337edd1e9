"""Exemplars from JSON lines: two shapes, and all problems at once."""

import json
from typing import Any

import pytest

from annotator.runs.errors import RunError
from annotator.runs.exemplar_lines import read_exemplar_lines

FIG = {"prompt": "Name a fruit.", "answer": "A fig."}


def turns(answer: str = "A fig.", **assistant: Any) -> dict[str, Any]:
    user = {"role": "user", "content": "Name a fruit."}
    return {"messages": [user, {"role": "assistant", "content": answer, **assistant}]}


@pytest.mark.parametrize(
    ("line", "reasoning"),
    [
        (FIG, ""),
        ({**FIG, "reasoning": "Sweet."}, "Sweet."),
        ({**FIG, "reasoning": None, "key": 7}, ""),
        (turns(), ""),
        (turns(reasoning_content="Sweet."), "Sweet."),
        (turns(reasoning="Sweet."), "Sweet."),
        (turns(reasoning_content=None, thinking="Sweet."), "Sweet."),
    ],
)
def test_a_line_is_a_prompt_and_its_answer_or_two_turns(line: dict[str, Any], reasoning: str) -> None:
    assert read_exemplar_lines([json.dumps(line)]) == [{**FIG, "reasoning": reasoning}]


def test_every_line_is_an_exemplar_in_order_and_blank_ones_are_none() -> None:
    lines = [json.dumps({**FIG, "answer": str(number)}) for number in range(20)]
    read = read_exemplar_lines(["\n", *lines, "", "  \n"])
    assert [exemplar["answer"] for exemplar in read] == [str(number) for number in range(20)]


def test_all_problems_are_reported_at_once_with_their_lines() -> None:
    lines = [
        json.dumps(FIG),
        "{",
        json.dumps({"prompt": "Name a fruit."}),
        json.dumps(FIG),
        json.dumps({**FIG, "answer": " "}),
        json.dumps({"messages": [{"role": "user", "content": "Name a fruit."}]}),
        json.dumps({"messages": 4}),
        b"\xff",
        json.dumps({**FIG, "reasoning": ["a"]}),
        json.dumps(turns(answer=None)),  # type: ignore[arg-type]
    ]
    with pytest.raises(RunError) as refused:
        read_exemplar_lines(lines)
    shown = str(refused.value).split("\n")
    assert [line.partition(":")[0] for line in shown] == [
        "no run was started; line 2",
        *(f"line {number}" for number in range(3, 11)),
    ]
    for number, sentence in {
        1: "the field 'answer' is missing; an exemplar has prompt and answer, or messages",
        2: "the same exemplar as line 1; remove one",
        3: "answer is empty",
        4: "'messages' must be one user turn and then one assistant turn",
        5: "'messages' must be a list",
        6: "byte 1 is not UTF-8",
        7: "'reasoning' must be a text",
        8: "'content' must be a text",
    }.items():
        assert sentence in shown[number]


def test_of_many_problems_the_first_ten_are_shown() -> None:
    with pytest.raises(RunError, match=r"line 10: .*\nand 5 more$"):
        read_exemplar_lines(["{"] * 15)


def test_a_file_without_an_exemplar_is_refused() -> None:
    with pytest.raises(RunError, match="the file has no exemplar; give one JSON object a line"):
        read_exemplar_lines(["\n"])
