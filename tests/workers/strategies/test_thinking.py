"""`thinking`: the model's own thinking is on, and a completion without any says so."""

import pytest

from tests.workers.strategies.steps import PROMPT, completion, walk
from workers.engine import Message, Thinking


def parts(reply):
    [ask], outcome = walk("thinking", reply)
    assert (ask.messages, ask.thinking) == ((Message("user", PROMPT),), Thinking(enabled=True))
    return outcome.reasoning, outcome.answer, outcome.split_status


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (completion("<think>\nsweet\n</think>\n\nA fig."), ("sweet", "A fig.", "clean")),
        (completion("sweet\n</think>\n\nA fig."), ("sweet", "A fig.", "clean")),
        (completion("<think>sweet, or", "length"), ("sweet, or", "", "truncated")),
        (completion("<think>sweet. A fig."), ("sweet. A fig.", "", "missing_marker")),
        (completion("<think>a</think>A fig.<think>b</think>"), ("a\n\nb", "A fig.", "repeated_marker")),
        (completion("A fig."), ("", "A fig.", "missing_marker")),
        (completion("A fig.", reasoning="sweet", reasoning_kind="raw"), ("sweet", "A fig.", "clean")),
        (completion("A fig.", reasoning_kind="omitted"), ("", "A fig.", "clean")),
        (completion("", "length", reasoning="sweet", reasoning_kind="raw"), ("sweet", "", "truncated")),
    ],
)
def test_what_the_model_thinks_is_the_reasoning(reply, expected):
    assert parts(reply) == expected
