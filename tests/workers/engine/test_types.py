"""Values that cross the engine's border refuse what they can't mean, in one sentence."""

import pytest

from workers.engine import PermanentEngineError, Sampling


def test_sampling_is_greedy_unless_told_otherwise():
    assert Sampling.from_json({}) == Sampling(max_new_tokens=256, temperature=0.0, top_p=1.0, seed=0)


def test_sampling_reads_what_was_stored():
    stored = {"max_new_tokens": 32, "temperature": 1, "top_p": 0.9, "seed": 7}
    assert Sampling.from_json(stored) == Sampling(max_new_tokens=32, temperature=1, top_p=0.9, seed=7)


@pytest.mark.parametrize(
    ("stored", "complaint"),
    [
        ({"top_k": 3}, "sampling: unknown field 'top_k'; known fields: max_new_tokens, temperature, top_p, seed."),
        ({"max_new_tokens": 0}, "max_new_tokens must be 1 or more, not 0."),
        ({"max_new_tokens": 1.5}, "max_new_tokens must be of type int, not 1.5."),
        ({"max_new_tokens": True}, "max_new_tokens must be of type int, not True."),
        ({"temperature": -1}, "temperature must be between 0 (greedy) and 10, not -1."),
        ({"temperature": float("nan")}, "temperature must be between 0 (greedy) and 10, not nan."),
        ({"temperature": "hot"}, "temperature must be of type float, not 'hot'."),
        ({"top_p": 0}, "top_p must be above 0 and at most 1, not 0."),
        ({"seed": -1}, "seed must be 0 or more and below 2**63, not -1."),
        ([1], "sampling: expected a JSON object, not [1]."),
    ],
)
def test_sampling_refuses_what_it_cannot_mean(stored, complaint):
    with pytest.raises(PermanentEngineError) as refusal:
        Sampling.from_json(stored)
    assert complaint in str(refusal.value)
