"""Tokens of reasoning, answer and the rest add up to the completion's, whatever a text comes to by itself."""

import pytest

from workers.engine import Usage
from workers.strategies import Outcome
from workers.token_counts import token_counts


def counts(reasoning="", answer="", completion_tokens=0, reasoning_tokens=None):
    outcome = Outcome(f"{reasoning} {answer}", reasoning, answer, "clean", "stop")
    found = token_counts(outcome, Usage(5, completion_tokens, reasoning_tokens), lambda text: len(text.split()))
    assert found["reasoning_tokens"] + found["answer_tokens"] + found["other_tokens"] == found["completion_tokens"]
    return tuple(found.values())


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"reasoning": "a b", "answer": "c", "completion_tokens": 6}, (2, 1, 3, 6)),  # two markers, an end of turn
        ({"answer": "a b c", "completion_tokens": 4}, (0, 3, 1, 4)),
        ({"answer": "a b c", "completion_tokens": 3}, (0, 3, 0, 3)),  # cut off: no end of turn
        ({"answer": "a b c", "completion_tokens": 2}, (0, 2, 0, 2)),  # more tokens alone than in the completion
        ({"reasoning": "a b", "answer": "c", "completion_tokens": 2}, (1, 1, 0, 2)),
        ({"reasoning": "a b", "answer": "c"}, (2, 1, 0, 3)),  # the backend does not count
        ({"answer": "c", "completion_tokens": 40, "reasoning_tokens": 37}, (37, 1, 2, 40)),  # reasoning kept to itself
        ({}, (0, 0, 0, 0)),
    ],
)
def test_the_counts_add_up(case, expected):
    assert counts(**case) == expected
