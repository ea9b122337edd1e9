"""The driver keeps the backend busy, and every failure to itself."""

import json
from itertools import islice

import pytest

from workers.engine import Completion, Message, Sampling, load_backend
from workers.strategies import Ask, Job, Outcome, drive, strategy

SAMPLING = Sampling(max_new_tokens=64)


class Batching:
    """Pulls a full batch, then answers all of it; remembers what was in each batch."""

    def __init__(self, batch_size=2):
        self.batch_size = batch_size
        self.batches = []

    def complete(self, requests):
        requests = iter(requests)
        while batch := list(islice(requests, self.batch_size)):
            self.batches.append([request.id for request in batch])
            for request in batch:
                yield Completion(request.id, f"re: {request.messages[-1].content}", "stop", 3, 2, 0.5)


class Steps:
    """A strategy that asks `count` times, each time about the last completion."""

    template_version = "1"

    def __init__(self, count=2, name="steps", fails_at=None):
        self.count, self.name, self.fails_at = count, name, fails_at

    def start(self, prompt_text):
        text = prompt_text
        for step in range(self.count):
            if step == self.fails_at:
                raise KeyError("lost")
            completion = yield Ask((Message("user", text),))
            text = completion.text
        return Outcome(text, "", text, "clean", "stop")


def jobs(*names, how=None):
    return [Job(name, f"prompt {name}", how or strategy("base"), SAMPLING) for name in names]


def test_every_job_gets_its_own_outcome():
    results = list(drive(Batching(), jobs("a", "b", "c")))
    assert [(result.job_id, result.outcome.answer, result.error) for result in results] == [
        ("a", "re: prompt a", ""),
        ("b", "re: prompt b", ""),
        ("c", "re: prompt c", ""),
    ]


def test_steps_of_different_strategies_share_batches():
    backend = Batching(batch_size=3)
    mixed = [*jobs("a", how=Steps(3)), *jobs("b", how=Steps(2)), *jobs("c", "d")]
    assert {result.job_id for result in drive(backend, mixed)} == {"a", "b", "c", "d"}
    assert backend.batches == [["a/1", "b/1", "c/1"], ["a/2", "b/2", "d/1"], ["a/3"]]


def test_a_later_step_that_nothing_else_fills_up_is_still_made():
    backend = Batching(batch_size=8)
    [result] = drive(backend, jobs("a", how=Steps(3)))
    assert result.outcome.answer == "re: re: re: prompt a"
    assert backend.batches == [["a/1"], ["a/2"], ["a/3"]]


def test_every_call_is_recorded_and_fits_into_json():
    [result] = drive(Batching(), jobs("a", how=Steps(2)))
    assert result.latency_s == 1.0
    assert json.loads(json.dumps([call.to_json() for call in result.calls]))[1] == {
        "messages": [{"role": "user", "content": "re: prompt a"}],
        "text": "re: re: prompt a",
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "finish_reason": "stop",
        "latency_s": 0.5,
    }


def test_jobs_are_pulled_only_as_the_backend_has_room():
    pulled = []

    def lazily():
        for job in jobs("a", "b", "c", "d", "e"):
            pulled.append(job.id)
            yield job

    results = drive(Batching(batch_size=2), lazily())
    assert pulled == []
    next(results)
    assert pulled == ["a", "b"]


def test_a_failed_completion_fails_its_job_alone():
    backend = load_backend("scripted", "", "", {"failures": {"prompt b": "The model refused."}})
    results = {result.job_id: result for result in drive(backend, jobs("a", "b", "c"))}
    assert results["b"].error == "The model refused."
    assert results["b"].outcome is None
    assert [call.finish_reason for call in results["b"].calls] == ["error"]
    assert results["a"].outcome
    assert results["c"].outcome


@pytest.mark.parametrize("fails_at", [0, 1])
def test_a_strategy_step_that_raises_fails_its_job_alone(fails_at):
    mixed = [*jobs("a", how=Steps(2, fails_at=fails_at)), *jobs("b", how=Steps(2))]
    results = {result.job_id: result for result in drive(Batching(), mixed)}
    assert results["a"].error == "The strategy steps failed: KeyError: 'lost'"
    assert len(results["a"].calls) == fails_at
    assert results["b"].outcome.answer == "re: re: prompt b"


def test_a_strategy_may_answer_without_asking():
    [result] = drive(Batching(), jobs("a", how=Steps(0)))
    assert (result.outcome.answer, result.calls) == ("prompt a", [])


def test_no_jobs_come_to_no_results():
    assert list(drive(Batching(), [])) == []


def test_nothing_is_pulled_once_told_to_stop():
    backend = Batching()
    assert list(drive(backend, jobs("a"), keep_going=lambda: False)) == []
    assert backend.batches == []


def test_told_to_stop_it_keeps_the_batch_at_hand_and_begins_no_other():
    backend, finished = Batching(batch_size=2), []
    many = jobs("a", "b", "c", "d", how=Steps(2))
    for result in drive(backend, many, keep_going=lambda: len(backend.batches) < 2):
        finished.append(result.job_id)
    assert finished == ["a", "b"]
    assert backend.batches == [["a/1", "b/1"], ["a/2", "b/2"]]


def test_closing_the_drive_closes_the_backend():
    closed = []

    class Closing(Batching):
        def complete(self, requests):
            try:
                yield from super().complete(requests)
            finally:
                closed.append(True)

    results = drive(Closing(), jobs("a", "b", "c"))
    next(results)
    results.close()
    assert closed == [True]


def test_an_error_of_the_backend_as_a_whole_reaches_the_caller():
    class Broken(Batching):
        def complete(self, requests):
            yield from super().complete(islice(requests, 1))
            raise OSError("the device is gone")

    results = drive(Broken(), jobs("a", "b"))
    assert next(results).job_id == "a"
    with pytest.raises(OSError, match="device is gone"):
        next(results)
