"""Paged batches: transformers' manager is fed as it has room, believed when it fails a row, and always stopped."""

from collections import deque
from functools import partial
from types import SimpleNamespace

import pytest
from transformers import ContinuousBatchingConfig

from tests.workers.engine import tiny
from workers.engine import TransientEngineError
from workers.engine.paged import decode


class Manager:
    """Finishes requests first in, first out, each with the tokens or the error it was told of."""

    def __init__(self, errors=(), dies_after=None):
        self.errors, self.dies_after = errors, dies_after
        self.queue, self.added, self.log = deque(), [], []
        self.background_thread_status = SimpleNamespace(fatal_error="out of memory")

    def init_continuous_batching(self, generation_config):
        assert not generation_config.do_sample
        return self

    def start(self):
        self.log.append("start")

    def stop(self, *, block, hard_stop):
        assert block
        assert hard_stop
        self.log.append("stop")

    def destroy(self):
        self.log.append("destroy")

    def is_running(self):
        return self.dies_after is None

    def add_request(self, prompt, *, request_id, max_new_tokens, eos_token_id):
        self.queue.append(request_id)
        self.added.append(request_id)

    def get_result(self, timeout):
        if self.dies_after == len(self.added) - len(self.queue):
            return None
        request_id = self.queue.popleft()
        error = "no room" if request_id in self.errors else None
        return SimpleNamespace(request_id=request_id, error=error, generated_tokens=[4, 7], is_finished=lambda: True)


def test_rows_are_handed_over_only_as_there_is_room():
    manager = Manager()
    rows = decode(manager, iter(tiny.rows(1, 1, 1, 1, 1)), batch_size=2)
    next(rows)
    assert manager.added == ["0", "1"]
    assert [row.request_id for row in rows] == ["1", "2", "3", "4"]
    assert manager.log == ["start", "stop", "destroy"]


def test_a_row_that_fails_fails_alone():
    rows = list(decode(Manager(errors=("1",)), iter(tiny.rows(1, 1, 1)), batch_size=2))
    assert [row.finish_reason for row in rows] == ["stop", "error", "stop"]
    assert rows[1].error == "The model failed on this request: no room"


def test_a_row_that_came_finished_is_passed_on_untouched():
    bad, good = tiny.rows(1, 1)
    bad.error = "too long"
    manager = Manager()
    assert list(decode(manager, iter([bad, good]), batch_size=4)) == [bad, good]
    assert manager.added == ["1"]


def test_a_manager_that_dies_is_said_and_cleaned_up():
    manager = Manager(dies_after=1)
    rows = decode(manager, iter(tiny.rows(1, 1)), batch_size=2)
    next(rows)
    with pytest.raises(TransientEngineError, match="stopped by itself: out of memory"):
        next(rows)
    assert manager.log == ["start", "stop", "destroy"]


def test_an_abandoned_decode_stops_the_manager():
    manager = Manager()
    rows = decode(manager, iter(tiny.rows(1, 1)), batch_size=2)
    next(rows)
    rows.close()
    assert manager.log == ["start", "stop", "destroy"]


@pytest.mark.slow
def test_the_real_manager_generates_what_each_row_would_alone():
    model = tiny.llama()
    small = ContinuousBatchingConfig(num_blocks=16, page_size=32, max_batch_tokens=64)
    model.init_continuous_batching = partial(model.init_continuous_batching, continuous_batching_config=small)
    rows = tiny.rows(3, 17, 5, 1, 40, 9)
    expected = {row.request_id: tiny.tokens_alone(model, row) for row in rows}
    assert {row.request_id: row.tokens for row in decode(model, iter(rows), batch_size=4)} == expected
