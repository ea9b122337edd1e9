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


@pytest.mark.parametrize(
    ("texts", "taken", "everything", "expected"),
    [
        # (reasoning, answer), usage of the calls whose texts these are, usage of all calls
        (("", "c d"), Usage(5, 3), Usage(9, 30), (0, 2, 28, 30)),
        (("a b", "c"), Usage(5, 2), Usage(9, 30), (1, 1, 28, 30)),  # more tokens alone than in their call
        (("", "c"), Usage(5, 9, 7), Usage(9, 40, 27), (7, 1, 32, 40)),  # what others reasoned is thrown away
        (("a b", "c"), Usage(5, 6, 0), Usage(9, 6, 0), (2, 1, 3, 6)),  # no reasoning outside of the text
        (("a b", "c"), Usage(), Usage(), (2, 1, 0, 3)),  # the backend does not count
    ],
)
def test_what_calls_without_a_text_in_the_outcome_wrote_is_neither_reasoning_nor_answer(
    texts, taken, everything, expected
):
    reasoning, answer = texts
    outcome = Outcome(f"{reasoning} {answer}", reasoning, answer, "clean", "stop", usage=taken)
    assert tuple(token_counts(outcome, everything, lambda text: len(text.split())).values()) == expected
