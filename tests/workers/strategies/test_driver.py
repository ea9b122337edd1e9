"""The driver: the backend stays busy, and a failure concerns its own job alone."""

from dataclasses import asdict
from itertools import islice

import pytest

from annotator.strategies import StrategySpec
from workers.engine import Completion, Message, Sampling, Thinking, Usage, load_backend
from workers.strategies import Ask, Item, Job, Outcome, build_strategy, drive

SAMPLING = Sampling(max_new_tokens=64)


class Batching:
    """A backend that pulls a full batch, then answers all of it, and records each batch."""

    def __init__(self, batch_size=2):
        self.batch_size = batch_size
        self.batches = []

    def complete(self, requests):
        requests = iter(requests)
        while batch := list(islice(requests, self.batch_size)):
            self.batches.append([request.id for request in batch])
            for request in batch:
                yield Completion(request.id, f"re: {request.messages[-1].content}", "stop", Usage(3, 2), 0.5)


class Steps:
    """A strategy of `count` steps, each about the last completion."""

    spec = StrategySpec(name="steps", version="1", reasons=False, split="none")

    def __init__(self, count=2, fails_at=None):
        self.count, self.fails_at = count, fails_at

    def start(self, item):
        text = item.prompt
        for step in range(self.count):
            if step == self.fails_at:
                raise KeyError("lost")
            completion = yield Ask((Message("user", text),))
            text = completion.text
        return Outcome(text, "", text, "clean", "stop")


def jobs(*names, how=None):
    return [Job(name, Item(f"prompt {name}"), how or build_strategy("base", {}), SAMPLING) for name in names]


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


def test_every_call_is_recorded_with_what_was_sent_and_returned():
    [result] = drive(Batching(), jobs("a", how=Steps(2)))
    assert result.latency_s == 1.0
    assert asdict(result.calls[1]) == {
        "number": 2,
        "step": "answer",
        "messages": ({"role": "user", "content": "re: prompt a", "provider_turn": "", "call_id": ""},),
        "thinking": None,
        "text": "re: re: prompt a",
        "reasoning": "",
        "reasoning_kind": "none",
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "reasoning_tokens": None, "cached_tokens": None},
        "finish_reason": "stop",
        "latency_s": 0.5,
        "model": "",
        "response_id": "",
        "error": "",
        "sampling": SAMPLING.to_json(),
        "probabilities": None,
        "tools": (),
        "tool_calls": (),
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


class Fallback:
    """A strategy whose first call may fail, and whose second one is its answer then."""

    spec = StrategySpec(name="fallback", version="1", reasons=False, split="none")

    def start(self, item):
        completion = yield Ask((Message("user", f"first {item.prompt}"),), may_fail=True)
        if completion.finish_reason == "error":
            completion = yield Ask((Message("user", item.prompt),))
        return Outcome(completion.text, "", completion.text, "clean", "stop")


def test_a_call_that_may_fail_is_answered_by_its_failed_completion():
    failing = load_backend(
        "scripted", "", "", {"failures": {"first": "The model refused."}, "replies": {"prompt a": "b"}}
    )
    [result] = drive(failing, jobs("a", how=Fallback()))
    assert (result.outcome.answer, result.error) == ("b", "")
    assert [(call.finish_reason, call.error) for call in result.calls] == [
        ("error", "The model refused."),
        ("stop", ""),
    ]
    [result] = drive(
        load_backend("scripted", "", "", {"failures": {"prompt": "It is full."}}), jobs("a", how=Fallback())
    )
    assert (result.outcome, result.error, len(result.calls)) == (None, "It is full.", 2)


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


class Overriding:
    """A strategy of one step that overrides sampling and thinking."""

    spec = StrategySpec(name="overriding", version="1", reasons=True, split="none")

    def __init__(self, **sampling):
        self.sampling = sampling

    def start(self, item):
        yield Ask((Message("user", item.prompt),), "decide", self.sampling, Thinking(enabled=False))
        return Outcome("", "", "", "clean", "stop")


def test_a_step_may_set_its_own_sampling_and_thinking():
    requests = []

    class Watching(Batching):
        def complete(self, pulled):
            for request in pulled:
                requests.append(request)
                yield from super().complete([request])

    job = Job("a", Item("Reason?"), Overriding(max_new_tokens=1), Sampling(max_new_tokens=64, temperature=0.7))
    [result] = drive(Watching(), [job])
    assert requests[0].sampling == Sampling(max_new_tokens=1, temperature=0.7)
    assert requests[0].thinking == Thinking(enabled=False)
    assert result.calls[0].step == "decide"


def test_a_step_with_settings_that_do_not_exist_fails_its_job_alone():
    results = {r.job_id: r for r in drive(Batching(), [*jobs("a", how=Overriding(heat=2)), *jobs("b")])}
    assert results["a"].error.startswith("The strategy overriding failed: TypeError: ")
    assert results["b"].outcome


def test_a_refusal_reaches_the_strategy():
    class Refusing(Batching):
        def complete(self, requests):
            for request in requests:
                yield Completion(request.id, "I can't.", "refusal", Usage(3, 2), 0.5)

    [result] = drive(Refusing(), jobs("a"))
    assert (result.outcome.finish_reason, result.outcome.answer, result.error) == ("refusal", "I can't.", "")


def test_usage_is_summed_over_calls():
    [result] = drive(Batching(), jobs("a", how=Steps(2)))
    assert result.usage == Usage(6, 4)
