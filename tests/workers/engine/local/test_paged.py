"""Paged batches: transformers' manager is fed as slots become free, kept between drives, and loses no request."""

from collections import deque
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from transformers import ContinuousBatchingConfig

from tests.workers.engine.local import tiny
from workers.engine import TransientEngineError
from workers.engine.local.decoding import decode
from workers.engine.local.paged import KeptManager, PagedBatch


class Status:
    """The manager's record of its thread."""

    def __init__(self):
        self.fatal_error = None
        self.stopping = False

    def can_accept_new_requests(self):
        return "stopping" if self.stopping or self.fatal_error else None


class Manager:
    """A manager that finishes requests in order, each with two tokens or its error, and dies after `dies_after`."""

    def __init__(self, errors=(), dies_after=None, refuses=False, reason=None):
        self.errors, self.dies_after, self.refuses = errors, dies_after, refuses
        self.reason = reason or RuntimeError("the device is gone")
        self.queue, self.added, self.log = deque(), [], []
        self.background_thread_status = Status()
        self.warmed_up = self.alive = False

    def warmup(self):
        self.warmed_up = True
        self.log.append("warm up")

    def start(self):
        self.alive = True
        self.log.append("start")

    def stop(self, *, block, hard_stop, keep_for_next_session=False):
        assert block
        assert hard_stop
        self.alive = False
        self.queue.clear()
        self.log.append("stop and keep" if keep_for_next_session else "stop")

    def destroy(self):
        self.log.append("destroy")

    def is_running(self):
        return self.alive

    def add_request(self, prompt, *, request_id, max_new_tokens, eos_token_id):
        if self.refuses or not self.alive:
            return None
        self.queue.append(request_id)
        self.added.append(request_id.split("#")[0])
        return request_id

    def get_result(self, timeout):
        if self.dies_after is not None and len(self.added) - len(self.queue) >= self.dies_after:
            return self._crash()
        if not self.queue:
            return None
        request_id = self.queue.popleft()
        error = "no room" if request_id.split("#")[0] in self.errors else None
        return SimpleNamespace(request_id=request_id, error=error, generated_tokens=[4, 7])

    def _crash(self):
        """Crash as transformers does: stop, fail every request, then record the reason."""
        self.alive, self.background_thread_status.stopping = False, True
        if not self.queue:
            return None
        result = SimpleNamespace(request_id=self.queue.popleft(), error=str(self.reason), generated_tokens=[4])
        self.background_thread_status.fatal_error = None if self.queue else self.reason
        return result


class Model:
    """A model that returns the managers of `managers` one after the other."""

    device = "cpu"

    def __init__(self, *managers):
        self.managers, self.hints = list(managers), []
        self.current = None

    def init_continuous_batching(self, generation_config, workload_hints):
        assert not generation_config.do_sample
        self.hints.append(workload_hints)
        self.current = self.current or self.managers.pop(0)
        return self.current

    def destroy_cached_continuous_batching_manager(self):
        self.current = None


def batch_of(manager, batch_size=2, model=None):
    model = model or Model(manager)
    return PagedBatch(model, KeptManager(model), batch_size)


def test_sequences_are_handed_over_only_as_there_is_room():
    manager = Manager()
    finished = decode(iter(tiny.sequences(1, 1, 1, 1, 1)), batch_of(manager))
    next(finished)
    assert manager.added == ["0", "1"]
    assert {sequence.request_id for sequence in finished} == {"1", "2", "3", "4"}
    assert manager.log == ["warm up", "start", "stop and keep"]


def test_the_manager_is_sized_by_the_first_requests():
    model = Model(Manager())
    list(decode(tiny.sequences(3, 40, max_new_tokens=9), batch_of(None, batch_size=8, model=model)))
    [hints] = model.hints
    assert (hints.max_prompt_length, hints.max_generated_length, hints.num_requests) == (40, 9, 8)


def test_the_manager_is_kept_between_drives_and_warmed_up_once():
    manager = Manager()
    model = Model(manager)
    keeper = KeptManager(model)
    for _ in range(2):
        assert len(list(decode(tiny.sequences(1, 1), PagedBatch(model, keeper, 2)))) == 2
    keeper.destroy()
    keeper.destroy()
    assert manager.log == ["warm up", "start", "stop and keep", "start", "stop and keep", "destroy"]


def test_a_sequence_that_fails_fails_alone():
    finished = list(decode(tiny.sequences(1, 1, 1), batch_of(Manager(errors=("1",)))))
    assert {sequence.request_id: sequence.finish_reason for sequence in finished} == {
        "0": "stop",
        "1": "error",
        "2": "stop",
    }
    assert {sequence.error for sequence in finished} == {"", "The model failed on this request: no room"}


def test_a_sequence_that_came_finished_is_passed_on_untouched():
    bad, good = tiny.sequences(1, 1)
    bad.error = "too long"
    manager = Manager()
    assert list(decode([bad, good], batch_of(manager, batch_size=4))) == [bad, good]
    assert manager.added == ["1"]


def test_a_crash_fails_no_sequence_and_a_new_manager_is_made_for_the_next_drive():
    crashed, fresh = Manager(dies_after=1), Manager()
    model = Model(crashed, fresh)
    keeper, sequences = KeptManager(model), tiny.sequences(1, 1, 1)
    finished = decode(sequences, PagedBatch(model, keeper, 3))
    first = next(finished)
    with pytest.raises(TransientEngineError, match="stopped by itself"):
        list(finished)
    assert [sequence.error for sequence in sequences] == ["", "", ""]
    rest = [sequence for sequence in sequences if sequence is not first]
    assert len(list(decode(rest, PagedBatch(model, keeper, 3)))) == 2
    assert fresh.log == ["warm up", "start", "stop and keep"]


def test_a_request_that_the_manager_refuses_is_not_lost():
    with pytest.raises(TransientEngineError, match="stopped by itself: it accepts no more requests"):
        list(decode(tiny.sequences(1, 1), batch_of(Manager(refuses=True))))


def test_a_manager_that_cannot_start_for_want_of_memory_is_a_transient_failure(monkeypatch):
    manager = Manager()

    def no_memory():
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(manager, "warmup", no_memory)
    with pytest.raises(TransientEngineError, match="can't start: CUDA out of memory"):
        list(decode(tiny.sequences(1), batch_of(manager)))


NO_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")


def test_out_of_memory_starts_all_again_half_as_many_at_a_time():
    crashed, fresh = Manager(dies_after=1, reason=NO_MEMORY), Manager()
    model, sequences = Model(crashed, fresh), tiny.sequences(1, 1, 1, 1)
    batch = PagedBatch(model, KeptManager(model), 4)
    finished = [sequence.request_id for sequence in decode(sequences, batch)]
    assert sorted(finished) == ["0", "1", "2", "3"]
    assert {sequence.error for sequence in sequences} == {""}
    assert [hints.num_requests for hints in model.hints] == [4, 1]  # three of four were left
    assert "destroy" in crashed.log
    assert fresh.log == ["warm up", "start", "stop and keep"]


def test_a_device_without_memory_for_the_cache_gets_half_of_the_requests(monkeypatch):
    full, fresh = Manager(), Manager()

    def no_memory():
        raise NO_MEMORY

    monkeypatch.setattr(full, "warmup", no_memory)
    model, sequences = Model(full, fresh), tiny.sequences(1, 1, 1, 1)
    assert len(list(decode(sequences, PagedBatch(model, KeptManager(model), 4)))) == 4
    assert [hints.num_requests for hints in model.hints] == [4, 2]


def test_a_sequence_that_lacks_memory_alone_fails_alone():
    managers = [Manager(dies_after=0, reason=NO_MEMORY), Manager(dies_after=0, reason=NO_MEMORY), Manager()]
    model, sequences = Model(*managers), tiny.sequences(1, 1)
    finished = list(decode(sequences, PagedBatch(model, KeptManager(model), 2)))
    assert sorted(sequence.request_id for sequence in finished) == ["0", "1"]
    assert sorted(bool(sequence.error) for sequence in sequences) == [False, True]
    assert "alone: transformers' continuous batching stopped by itself: CUDA out of memory" in "".join(
        sequence.error for sequence in sequences
    )


def test_a_single_request_for_whose_cache_there_is_no_memory_fails_and_is_not_lost(monkeypatch):
    for count in (1, 2, 3):
        managers = [Manager() for _ in range(8)]
        for manager in managers:
            monkeypatch.setattr(manager, "warmup", raises_no_memory)
        sequences = tiny.sequences(*[1] * count)
        finished = list(decode(sequences, PagedBatch(Model(*managers), KeptManager(Model(*managers)), 4)))
        assert len(finished) == count
        assert all("alone" in sequence.error for sequence in sequences)


def raises_no_memory():
    raise NO_MEMORY


def test_a_late_result_of_an_abandoned_request_is_not_taken_for_a_new_one():
    manager = Manager()
    batch = batch_of(manager, batch_size=1)
    [old], [new] = tiny.sequences(1), tiny.sequences(1)
    batch.submit([old])
    stale = SimpleNamespace(request_id=manager.queue[0], error=None, generated_tokens=[50, 51])
    batch.close()
    batch.submit([new])
    fresh = [stale, manager.get_result(0)]
    manager.get_result = lambda timeout: fresh.pop(0) if fresh else None
    assert batch.advance() == [new]
    assert new.tokens == [4, 7]


def test_an_abandoned_drive_stops_the_manager():
    manager = Manager()
    finished = decode(iter(tiny.sequences(1, 1)), batch_of(manager))
    next(finished)
    finished.close()
    assert manager.log == ["warm up", "start", "stop and keep"]


def small_pages(model):
    """Give the model's manager a cache that fits into a CPU's memory."""
    small = ContinuousBatchingConfig(num_blocks=16, page_size=32, max_batch_tokens=64)
    model.init_continuous_batching = partial(model.init_continuous_batching, continuous_batching_config=small)
    return model


def test_the_real_manager_generates_what_each_sequence_would_alone_in_every_drive():
    model = small_pages(tiny.llama())
    keeper = KeptManager(model)
    for _ in range(2):
        sequences = tiny.sequences(3, 17, 5, 1, 40, 9)
        expected = {sequence.request_id: tiny.tokens_alone(model, sequence) for sequence in sequences}
        finished = decode(iter(sequences), PagedBatch(model, keeper, 4))
        assert {sequence.request_id: sequence.tokens for sequence in finished} == expected
        assert keeper.manager is not None
        assert not keeper.running
    keeper.destroy()
    assert keeper.manager is None


def test_greedy_and_sampled_sequences_are_in_flight_together_and_each_is_as_it_would_be_alone():
    model = small_pages(tiny.llama())
    greedy = tiny.sequences(3, 17, 5, 1)
    sampled = tiny.sequences(3, 17, 5, 1, temperature=1.0, seed=5)
    expected = [tiny.tokens_alone(model, sequence) for sequence in greedy]
    alone = tiny.sequences(3, 17, 5, 1, temperature=1.0, seed=5)
    keeper = KeptManager(model)
    for sequence in alone:
        list(decode([sequence], PagedBatch(model, keeper, 1)))
    in_turn = [sequence for pair in zip(greedy, sampled, strict=True) for sequence in pair]
    assert len(list(decode(in_turn, watched := Peak(model, keeper, 8)))) == 8
    keeper.destroy()
    assert [sequence.tokens for sequence in greedy] == expected
    assert [sequence.tokens for sequence in sampled] == [sequence.tokens for sequence in alone]
    assert watched.peak == 8


class Peak(PagedBatch):
    """A paged batch that records how many sequences were unfinished at once."""

    peak = 0

    def advance(self):
        self.peak = max(self.peak, self.unfinished)
        return super().advance()


@contextmanager
def crashing(model, monkeypatch):
    def forward(*args, **kwargs):
        raise RuntimeError("the device is gone")

    with monkeypatch.context() as patched:
        patched.setattr(model, "forward", forward)
        yield


def test_real_memory_that_runs_out_halves_the_batch_and_changes_no_token(monkeypatch):
    model = small_pages(tiny.llama())
    sequences = tiny.sequences(3, 17, 5, 1)
    expected = {sequence.request_id: tiny.tokens_alone(model, sequence) for sequence in tiny.sequences(3, 17, 5, 1)}
    forward, calls = model.forward, []

    def crowded(*args, **kwargs):
        calls.append(1)
        if len(calls) == 6:
            raise torch.OutOfMemoryError("tried to allocate too much")
        return forward(*args, **kwargs)

    keeper = KeptManager(model)
    with monkeypatch.context() as patched:
        patched.setattr(model, "forward", crowded)
        finished = {s.request_id: s.tokens for s in decode(sequences, PagedBatch(model, keeper, 4))}
    keeper.destroy()
    assert finished == expected
    assert len(calls) > 6


def test_a_real_crash_fails_no_sequence_and_the_next_drive_works(monkeypatch):
    model = small_pages(tiny.llama())
    keeper, sequences = KeptManager(model), tiny.sequences(3, 17, 5)
    list(decode(tiny.sequences(2), PagedBatch(model, keeper, 4)))
    with crashing(model, monkeypatch), pytest.raises(TransientEngineError, match="stopped by itself"):
        list(decode(sequences, PagedBatch(model, keeper, 4)))
    assert {sequence.error for sequence in sequences} == {""}
    for sequence in sequences:
        sequence.restart()
    assert len(list(decode(sequences, PagedBatch(model, keeper, 4)))) == 3
    keeper.destroy()
