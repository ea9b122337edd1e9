"""Shared prefixes: computed once, and the tokens are those of a prefill that computes every prompt whole."""

import pytest
import torch

from tests.workers.engine.local import tiny
from workers.engine.local.continuous_batching import ContinuousBatch
from workers.engine.local.decoding import decode
from workers.engine.local.prefixes import SHORTEST_PREFIX

PREFIX = [(7 * place + place // 3) % 60 for place in range(100)]
ENDS = (3, 17, 5, 1, 40, 9, 9, 2, 28, 6, 11)


def prompted(prefix, *lengths, **sampling):
    sequences = tiny.sequences(*lengths, **sampling)
    for sequence in sequences:
        sequence.prompt = [*prefix, *sequence.prompt]
    return sequences


class Counted:
    """A model that notes the shape of its inputs and can fail."""

    def __init__(self, model, fails=lambda tokens: False):
        self.inner, self.fails, self.device, self.shapes = model, fails, model.device, []

    def __call__(self, input_ids, **inputs):
        self.shapes.append(tuple(input_ids.shape))
        if self.fails(input_ids):
            raise torch.OutOfMemoryError("tried to allocate too much")
        return self.inner(input_ids=input_ids, **inputs)

    @property
    def prefilled(self):
        return sum(rows * columns for rows, columns in self.shapes if columns > 1)


def tokens_by_id(model, sequences, batch_size=4, *, shares=True):
    batch = ContinuousBatch(model, batch_size, shares=shares)
    return {sequence.request_id: sequence.tokens for sequence in decode(iter(sequences), batch)}


@pytest.mark.parametrize("make", [tiny.llama, tiny.mistral])
@pytest.mark.parametrize("batch_size", [2, 4, 32])
@pytest.mark.parametrize("sampling", [{}, {"temperature": 1.0, "seed": 3}])
def test_tokens_are_equal_with_and_without_a_shared_prefix(make, batch_size, sampling):
    model = make()
    with_prefix, without = Counted(model), Counted(model)
    expected = tokens_by_id(without, prompted(PREFIX, *ENDS, **sampling), batch_size, shares=False)
    assert tokens_by_id(with_prefix, prompted(PREFIX, *ENDS, **sampling), batch_size) == expected
    assert with_prefix.prefilled < 0.6 * without.prefilled
    assert with_prefix.shapes.count((1, 100)) <= 1


def test_greedy_tokens_behind_a_prefix_are_those_of_generate():
    model = tiny.llama()
    expected = {s.request_id: tiny.tokens_alone(model, s) for s in prompted(PREFIX, *ENDS)}
    assert tokens_by_id(model, prompted(PREFIX, *ENDS), 32) == expected


def test_prompts_that_share_less_are_prefilled_whole():
    model = Counted(tiny.llama())
    sequences = prompted(PREFIX[: SHORTEST_PREFIX - 1], *ENDS)
    for index, sequence in enumerate(sequences):
        sequence.prompt = [*sequence.prompt[: SHORTEST_PREFIX - 1], index, *sequence.prompt[SHORTEST_PREFIX - 1 :]]
    tokens_by_id(model, sequences, 32)
    assert model.prefilled >= sum(len(sequence.prompt) for sequence in sequences)


def test_two_sets_in_turn_each_keep_their_own_prefix_and_short_prompts_have_none():
    model = tiny.llama()
    other = list(reversed(PREFIX))

    def all_three():
        sets = (prompted(PREFIX, 3, 5, 9), prompted(other, 4, 8, 2), prompted([], 6, 7, 3))
        sequences = [sequence for group in zip(*sets, strict=True) for sequence in group]
        for index, sequence in enumerate(sequences):
            sequence.request_id = str(index)
        return sequences

    expected = tokens_by_id(model, all_three(), 4, shares=False)
    assert tokens_by_id(model, all_three(), 4) == expected


def test_one_prompt_that_begins_another_leaves_a_token_to_go_on_from():
    model = tiny.llama()
    sequences = prompted(PREFIX, 0, 5, 0)
    expected = {s.request_id: tiny.tokens_alone(model, s) for s in prompted(PREFIX, 0, 5, 0)}
    assert tokens_by_id(model, sequences) == expected


def test_out_of_memory_in_a_prefill_behind_a_prefix_halves_the_batch_and_changes_no_row():
    model = tiny.llama()
    expected = tokens_by_id(model, prompted(PREFIX, *ENDS), 8)
    crowded = Counted(model, lambda tokens: len(tokens) > 2)
    sequences = prompted(PREFIX, *ENDS)
    assert tokens_by_id(crowded, sequences, 8) == expected
    assert {sequence.error for sequence in sequences} == {""}
