"""Retries of the driver: a transient failure sends the same request again, after a delay and a few times at most."""

from dataclasses import replace

import pytest

from tests.workers.strategies.test_driver import Batching, jobs
from workers.engine import Completion
from workers.strategies import drive
from workers.strategies.driver import LONGEST_DELAY_S, TRANSIENT_RETRIES


class Clock:
    """A clock that advances only by `sleep`."""

    def __init__(self):
        self.time, self.sleeps = 0.0, []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.time += seconds


class Busy(Batching):
    """A backend that answers `prompt a` after `failures` transient completions, and records when requests came."""

    def __init__(self, failures, clock, retry_after_s=0.0):
        super().__init__(batch_size=1)
        self.failures, self.clock, self.retry_after_s = failures, clock, retry_after_s
        self.came = []

    def complete(self, requests):
        for request in requests:
            self.came.append((request.id, self.clock.now()))
            if request.messages[-1].content == "prompt a" and self.failures:
                self.failures -= 1
                yield Completion.failed(request.id, "Too many requests.", retry_after_s=self.retry_after_s)
            else:
                yield from super().complete([request])


def driven(backend, clock, some_jobs, **kwargs):
    return list(drive(backend, some_jobs, now=clock.now, sleep=clock.sleep, **kwargs))


def test_a_transient_failure_sends_the_same_request_again_while_others_continue():
    clock = Clock()
    backend = Busy(1, clock)
    results = driven(backend, clock, jobs("a", "b", "c"))
    assert [result.job_id for result in results] == ["b", "c", "a"]
    assert [request_id for request_id, _ in backend.came] == ["a/1", "b/1", "c/1", "a/1"]
    assert results[-1].outcome.answer == "re: prompt a"
    assert [(call.number, call.finish_reason, call.error) for call in results[-1].calls] == [
        (1, "error", "Too many requests."),
        (2, "stop", ""),
    ]


def test_a_transient_failure_that_lasts_fails_its_job_with_the_sentence():
    clock = Clock()
    backend = Busy(99, clock)
    result = driven(backend, clock, jobs("a", "b"))[-1]
    assert (result.job_id, result.outcome, result.error) == ("a", None, "Too many requests.")
    assert len(result.calls) == TRANSIENT_RETRIES + 1
    assert [time for job, time in backend.came if job == "a/1"] == [0, 1, 3, 7, 15, 31]


@pytest.mark.parametrize(("retry_after_s", "delay_s"), [(30.0, 30.0), (7200.0, LONGEST_DELAY_S), (0.2, 1.0)])
def test_a_delay_that_the_backend_names_is_limited(retry_after_s, delay_s):
    clock = Clock()
    driven(Busy(1, clock, retry_after_s), clock, jobs("a"))
    assert clock.time == pytest.approx(delay_s)


def test_waiting_for_a_retry_ends_soon_after_a_stop_is_requested():
    clock = Clock()
    assert driven(Busy(1, clock, 100.0), clock, jobs("a"), keep_going=lambda: clock.time < 3) == []
    assert clock.time < 4
    assert max(clock.sleeps) < 1


def test_a_retry_that_is_due_goes_before_new_jobs():
    clock = Clock()
    backend = Busy(1, clock)

    def slowly():
        for job in jobs("a", "b", "c"):
            yield job
            clock.time += 1

    driven(backend, clock, slowly())
    assert [request_id for request_id, _ in backend.came] == ["a/1", "b/1", "a/1", "c/1"]


def test_a_server_that_fails_every_request_fails_few_jobs_and_no_others_are_begun():
    clock, begun = Clock(), []
    backend = Busy(10**6, clock)

    def all_alike():
        for job in jobs(*"a" * 60):
            begun.append(job.id)
            yield replace(job, id=f"{len(begun)}")

    list(drive(backend, all_alike(), now=clock.now, sleep=clock.sleep, keep_going=lambda: clock.time < 60))
    assert len(begun) <= 6


def test_a_job_without_an_answer_yet_is_not_tried_again_where_it_is_not_wanted_any_more():
    clock = Clock()
    backend = Busy(1, clock)
    results = driven(backend, clock, jobs("a", "b"), still_wanted=lambda job_id: job_id != "a")
    assert [result.job_id for result in results] == ["b"]
    assert [request_id for request_id, _ in backend.came] == ["a/1", "b/1"]
