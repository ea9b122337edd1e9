"""Sampling parameters: invalid values are refused in one sentence, and equal ones have the same JSON."""

import pytest

from annotator.options import OptionsError
from annotator.sampling import Sampling, SamplingError


def test_sampling_is_greedy_by_default():
    assert Sampling.from_json({}) == Sampling(max_new_tokens=256, temperature=0.0, top_p=1.0, seed=0)


def test_sampling_reads_what_was_stored():
    stored = Sampling(max_new_tokens=32, temperature=0.5, top_p=0.9, seed=7).to_json()
    assert Sampling.from_json(stored).to_json() == stored


def test_a_whole_number_and_its_float_are_one_temperature():
    assert repr(Sampling.from_json({"temperature": 1}).to_json()) == repr(Sampling(temperature=1.0).to_json())


@pytest.mark.parametrize(
    ("stored", "complaint"),
    [
        ({"top_k": 3}, "sampling: unknown field 'top_k'; known fields: max_new_tokens, temperature, top_p, seed."),
        ({"max_new_tokens": 0}, "max_new_tokens=0: give a number from 1 to 65536."),
        ({"max_new_tokens": 1.5}, "max_new_tokens must be of type int, not 1.5."),
        ({"max_new_tokens": True}, "max_new_tokens must be of type int, not True."),
        ({"temperature": -1}, "temperature=-1: give a number from 0 to 2."),
        ({"temperature": float("nan")}, "temperature=nan: give a number from 0 to 2."),
        ({"temperature": "hot"}, "temperature must be of type float, not 'hot'."),
        ({"top_p": 0}, "top_p=0: give a number from 0.01 to 1."),
        ({"seed": -1}, "seed=-1: give a number from 0 to 2147483647."),
        ([1], "sampling: expected a JSON object, not [1]."),
    ],
)
def test_sampling_refuses_what_it_cannot_mean(stored, complaint):
    with pytest.raises((OptionsError, SamplingError)) as refusal:
        Sampling.from_json(stored)
    assert complaint in str(refusal.value)
