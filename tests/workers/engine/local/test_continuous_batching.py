"""Continuous batching: full batches, the same tokens as alone, and failures that concern one sequence alone."""

from dataclasses import replace

import pytest

from tests.workers.engine.local import tiny
from workers.engine.local.continuous_batching import ContinuousBatch
from workers.engine.local.decoding import decode

LENGTHS = (3, 17, 5, 1, 40, 9, 9, 2, 28, 6, 11)


@pytest.fixture(scope="module")
def llama():
    return tiny.llama()


def tokens_by_id(model, sequences, batch_size=4):
    return {
        sequence.request_id: sequence.tokens for sequence in decode(iter(sequences), ContinuousBatch(model, batch_size))
    }


@pytest.mark.parametrize("make", [tiny.llama, tiny.mistral])
@pytest.mark.parametrize("batch_size", [1, 4, 32])
def test_greedy_sequences_come_out_as_each_would_alone(make, batch_size):
    model = make()
    sequences = tiny.sequences(*LENGTHS)
    expected = {sequence.request_id: tiny.tokens_alone(model, sequence) for sequence in sequences}
    assert tokens_by_id(model, sequences, batch_size) == expected
    assert {sequence.finish_reason for sequence in sequences} == {"stop", "length"}


def test_a_sequence_is_handed_out_as_soon_as_it_is_finished(llama):
    short, long = tiny.sequences(4, stops=(), max_new_tokens=2)[0], tiny.sequences(4, 5, stops=(), max_new_tokens=20)[1]
    finished = decode(iter([long, short]), ContinuousBatch(llama, 2))
    assert next(finished) is short
    assert len(long.tokens) == 2


def test_sequences_are_pulled_only_as_slots_become_free(llama):
    pulled = []

    def lazily():
        for sequence in tiny.sequences(3, 3, 3, 3, 3, stops=(), max_new_tokens=4):
            pulled.append(sequence.request_id)
            yield sequence

    finished = decode(lazily(), ContinuousBatch(llama, 2))
    assert pulled == []
    next(finished)
    assert pulled == ["0", "1"]


def test_a_free_slot_is_taken_while_the_others_go_on(llama):
    sequences = tiny.sequences(4, 5, 6, stops=(), max_new_tokens=20)
    sequences[1] = tiny.sequences(1, 5, stops=(), max_new_tokens=3)[1]
    watched = tiny.Watched(llama)
    expected = {sequence.request_id: tiny.tokens_alone(llama, sequence) for sequence in sequences}
    assert tokens_by_id(watched, sequences, batch_size=2) == expected
    assert watched.batch_sizes.count(2) > 17  # two by two nearly all the time: 3 sequences, 43 tokens


def test_a_sequence_that_came_finished_is_passed_on_untouched(llama):
    bad, good = tiny.sequences(4, 5)
    bad.error = "too long"
    assert {sequence.request_id for sequence in decode(iter([bad, good]), ContinuousBatch(llama, 2))} == {"0", "1"}
    assert (bad.tokens, bad.finish_reason) == ([], "error")
    assert good.finish_reason in ("stop", "length")


def test_no_sequences_come_to_nothing(llama):
    assert list(decode(iter([]), ContinuousBatch(llama, 4))) == []


def test_a_sampled_sequence_draws_the_same_tokens_whatever_shares_its_batch(llama):
    together = tokens_by_id(llama, tiny.sequences(*LENGTHS, temperature=1.0, top_p=0.9, seed=5), batch_size=8)
    alone = {}
    for sequence in tiny.sequences(*LENGTHS, temperature=1.0, top_p=0.9, seed=5):
        alone |= tokens_by_id(llama, [sequence])
    assert together == alone
    other_seed = tokens_by_id(llama, tiny.sequences(*LENGTHS, temperature=1.0, top_p=0.9, seed=6), batch_size=8)
    assert other_seed != together


def test_a_nucleus_that_holds_one_token_is_greedy(llama):
    greedy = tokens_by_id(llama, tiny.sequences(*LENGTHS))
    assert tokens_by_id(llama, tiny.sequences(*LENGTHS, temperature=1.0, top_p=0.01)) == greedy


@pytest.mark.parametrize("sampling", [{}, {"temperature": 1.0, "seed": 3}])
def test_out_of_memory_halves_the_batch_and_changes_no_row(llama, sampling):
    crowded = tiny.Watched(llama, lambda tokens: len(tokens) > 2)
    expected = tokens_by_id(llama, tiny.sequences(*LENGTHS, **sampling), batch_size=8)
    sequences = tiny.sequences(*LENGTHS, **sampling)
    assert tokens_by_id(crowded, sequences, batch_size=8) == expected
    assert {sequence.error for sequence in sequences} == {""}


def test_a_sequence_that_the_model_cannot_take_fails_alone(llama):
    sequences = tiny.sequences(*LENGTHS)
    sequences[2].prompt = [5, 59, 59, 59]
    expected = {
        sequence.request_id: tiny.tokens_alone(llama, sequence)
        for sequence in sequences
        if sequence is not sequences[2]
    }
    poisoned = tiny.Watched(llama, lambda tokens: bool((tokens == 59).sum(1).ge(3).any()))
    came = tokens_by_id(poisoned, sequences, batch_size=4)
    assert sequences[2].error == (
        "The model failed on this request alone: OutOfMemoryError: tried to allocate too much"
    )
    assert came | {"2": None} == expected | {"2": None}


def mixed(temperatures):
    """One sequence for each temperature, each of 20 tokens."""
    sequences = tiny.sequences(*[3] * len(temperatures), stops=(), max_new_tokens=20)
    for seed, (sequence, temperature) in enumerate(zip(sequences, temperatures, strict=True)):
        sequence.sampling = replace(sequence.sampling, temperature=temperature, seed=seed)
    return sequences


def test_greedy_and_sampled_sequences_in_turn_need_no_more_model_calls_than_greedy_ones(llama):
    greedy, both = tiny.Watched(llama), tiny.Watched(llama)
    tokens_by_id(greedy, mixed([0.0] * 32), batch_size=16)
    tokens_by_id(both, mixed([0.0, 0.7] * 16), batch_size=16)
    assert len(both.batch_sizes) <= 1.2 * len(greedy.batch_sizes)


def test_greedy_sequences_among_sampled_ones_come_out_as_each_would_alone(llama):
    sequences = mixed([0.0, 0.7] * 16)
    expected = {sequence.request_id: tiny.tokens_alone(llama, sequence) for sequence in sequences[::2]}
    assert tokens_by_id(llama, sequences, batch_size=16).items() >= expected.items()


def test_a_batch_of_requests_that_came_finished_does_not_end_the_work(llama):
    sequences = tiny.sequences(*LENGTHS)
    for sequence in sequences[:4]:
        sequence.error = "too long"
    assert len(tokens_by_id(llama, sequences, batch_size=4)) == len(LENGTHS)
