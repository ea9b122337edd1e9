"""Lines of judge replies: what is read, and what is refused whatever the run."""

import json
from typing import Any

import pytest

from annotator.datasets.jsonl import LineError
from annotator.runs.judge_reply_lines import JudgeReplyLine, read_line

LINE: dict[str, Any] = {
    "main_id": 1,
    "point_id": 0,
    "scope": "answer",
    "mark": "obeyed",
    "judge": "gpt-4",
    "prompt_version": "official",
    "language": "en",
    "role": "judge",
}


def test_the_reply_and_what_goes_with_it_may_be_left_out() -> None:
    bare = JudgeReplyLine(**LINE)
    assert read_line(json.dumps(LINE)) == bare
    assert read_line(json.dumps({**LINE, "raw": None, "segments": None, "probability": None, "note": "mine"})) == bare
    assert read_line(json.dumps({**LINE, "raw": ""})) == bare


def test_a_line_that_is_written_is_read_again() -> None:
    full = JudgeReplyLine(
        **LINE, raw="all", segments=["a", "b"], truncated=True, probability=0.25, text_hash="judged-text:0"
    )
    assert read_line(json.dumps(full.as_json())) == full


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"main_id": "1"}, "'main_id' must be a whole number"),
        ({"point_id": True}, "'point_id' must be a whole number"),
        ({"scope": "prompt"}, "'scope' must be one of answer, completion, reasoning, not 'prompt'"),
        ({"mark": True}, "'mark' must be a text"),
        ({"mark": "yes"}, "'mark' must be one of obeyed, violated, unknown_verb, unparsed, not 'yes'"),
        ({"language": "fr"}, "'language' must be one of zh, en, not 'fr'"),
        ({"role": "referee"}, "'role' must be one of judge, extractor, not 'referee'"),
        ({"judge": ""}, "'judge' must have 1 to 128 characters"),
        ({"prompt_version": "x" * 33}, "'prompt_version' must have 1 to 32 characters"),
        ({"raw": 1}, "'raw' must be a text or null"),
        ({"raw": "a\x00"}, "the line holds a NUL character at character 2; remove it"),
        ({"segments": "all"}, "'segments' must be a list of texts or null"),
        ({"segments": [1]}, "'segments' must be a list of texts or null"),
        ({"truncated": 1}, "'truncated' must be true or false or null"),
        ({"probability": True}, "'probability' must be a number from 0 to 1 or null"),
        ({"probability": "0.5"}, "'probability' must be a number from 0 to 1 or null"),
        ({"probability": 1.5}, "'probability' must be a number from 0 to 1 or null"),
        ({"probability": -0.1}, "'probability' must be a number from 0 to 1 or null"),
    ],
)
def test_a_line_that_says_something_else_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(LineError) as error:
        read_line(json.dumps(LINE | changed))
    assert str(error.value) == reason


@pytest.mark.parametrize("field", list(LINE))
def test_every_field_of_the_identity_is_needed(field: str) -> None:
    with pytest.raises(LineError, match=f"'{field}'"):
        read_line(json.dumps({name: value for name, value in LINE.items() if name != field}))
