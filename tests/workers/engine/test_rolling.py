"""The rolling batch: full, fair to each row, and not brought down by one of them."""

import pytest
import torch

from tests.workers.engine import tiny
from workers.engine.rolling import decode

LENGTHS = (3, 17, 5, 1, 40, 9, 9, 2, 28, 6, 11)


@pytest.fixture(scope="module")
def llama():
    return tiny.llama()


class Failing:
    """A model that raises when `fails` says so about the tokens (B, T) it is given."""

    def __init__(self, model, fails):
        self.model, self.fails, self.device = model, fails, model.device
        self.batch_sizes = []

    def __call__(self, input_ids, **inputs):
        self.batch_sizes.append(len(input_ids))
        if self.fails(input_ids):
            raise torch.OutOfMemoryError("tried to allocate too much")
        return self.model(input_ids=input_ids, **inputs)


def tokens_by_id(model, rows, batch_size=4):
    return {row.request_id: row.tokens for row in decode(model, iter(rows), batch_size=batch_size)}


@pytest.mark.parametrize("make", [tiny.llama, tiny.mistral])
@pytest.mark.parametrize("batch_size", [1, 4, 32])
def test_greedy_rows_come_out_as_each_would_alone(make, batch_size):
    model = make()
    rows = tiny.rows(*LENGTHS)
    expected = {row.request_id: tiny.tokens_alone(model, row) for row in rows}
    assert tokens_by_id(model, rows, batch_size) == expected
    assert {row.finish_reason for row in rows} == {"stop", "length"}


def test_a_row_is_handed_out_as_soon_as_it_is_finished(llama):
    short, long = tiny.rows(4, stops=(), max_new_tokens=2)[0], tiny.rows(4, 5, stops=(), max_new_tokens=20)[1]
    finished = decode(llama, iter([long, short]), batch_size=2)
    assert next(finished) is short
    assert len(long.tokens) == 2


def test_rows_are_pulled_only_as_places_become_free(llama):
    pulled = []

    def lazily():
        for row in tiny.rows(3, 3, 3, 3, 3, stops=(), max_new_tokens=4):
            pulled.append(row.request_id)
            yield row

    finished = decode(llama, lazily(), batch_size=2)
    assert pulled == []
    next(finished)
    assert pulled == ["0", "1"]


def test_a_free_place_is_taken_while_the_others_go_on(llama):
    rows = tiny.rows(4, 5, 6, stops=(), max_new_tokens=20)
    rows[1] = tiny.rows(1, 5, stops=(), max_new_tokens=3)[1]
    watched = Failing(llama, lambda tokens: False)
    expected = {row.request_id: tiny.tokens_alone(llama, row) for row in rows}
    assert tokens_by_id(watched, rows, batch_size=2) == expected
    assert watched.batch_sizes.count(2) > 17  # two by two nearly all the time: 3 rows, 43 tokens


def test_a_row_that_came_finished_is_passed_on_untouched(llama):
    bad, good = tiny.rows(4, 5)
    bad.error = "too long"
    assert {row.request_id for row in decode(llama, iter([bad, good]), batch_size=2)} == {"0", "1"}
    assert (bad.tokens, bad.finish_reason) == ([], "error")
    assert good.finish_reason in ("stop", "length")


def test_no_rows_come_to_nothing(llama):
    assert list(decode(llama, iter([]), batch_size=4)) == []


def test_a_sampled_row_draws_the_same_tokens_whatever_shares_its_batch(llama):
    together = tokens_by_id(llama, tiny.rows(*LENGTHS, temperature=1.0, top_p=0.9, seed=5), batch_size=8)
    alone = {}
    for row in tiny.rows(*LENGTHS, temperature=1.0, top_p=0.9, seed=5):
        alone |= tokens_by_id(llama, [row])
    assert together == alone
    other_seed = tokens_by_id(llama, tiny.rows(*LENGTHS, temperature=1.0, top_p=0.9, seed=6), batch_size=8)
    assert other_seed != together


def test_a_nucleus_that_holds_one_token_is_greedy(llama):
    greedy = tokens_by_id(llama, tiny.rows(*LENGTHS))
    assert tokens_by_id(llama, tiny.rows(*LENGTHS, temperature=1.0, top_p=0.01)) == greedy


@pytest.mark.parametrize("sampling", [{}, {"temperature": 1.0, "seed": 3}])
def test_out_of_memory_halves_the_batch_and_changes_no_row(llama, sampling):
    crowded = Failing(llama, lambda tokens: len(tokens) > 2)
    expected = tokens_by_id(llama, tiny.rows(*LENGTHS, **sampling), batch_size=8)
    rows = tiny.rows(*LENGTHS, **sampling)
    assert tokens_by_id(crowded, rows, batch_size=8) == expected
    assert {row.error for row in rows} == {""}


def test_a_row_that_the_model_cannot_take_fails_alone(llama):
    rows = tiny.rows(*LENGTHS)
    rows[2].prompt = [5, 59, 59, 59]
    expected = {row.request_id: tiny.tokens_alone(llama, row) for row in rows if row is not rows[2]}
    poisoned = Failing(llama, lambda tokens: bool((tokens == 59).sum(1).ge(3).any()))
    came = tokens_by_id(poisoned, rows, batch_size=4)
    assert rows[2].error == ("The model failed on this request alone: OutOfMemoryError: tried to allocate too much")
    assert came | {"2": None} == expected | {"2": None}
