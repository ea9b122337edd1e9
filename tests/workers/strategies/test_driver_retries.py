"""Retries of the driver: a transient failure sends the same request again, after a delay and a few times at most.

What fails while the server answers nothing is not held against the request, and neither is a refused account.
"""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.workers.strategies.test_driver import Batching, Fallback, jobs
from workers.engine import AccessRefusedError, Completion, Message
from workers.strategies import Ask, Item, Job, Outcome, Waiting, drive
from workers.strategies.retries import LONGEST_DELAY_S, LONGEST_OUTAGE_S, TRANSIENT_RETRIES


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


class Served(Batching):
    """A server that answers each request by `reply(request, clock)`, four at once, in a second each time."""

    def __init__(self, clock, reply):
        super().__init__(batch_size=4)
        self.clock, self.reply, self.came = clock, reply, []

    def complete(self, requests):
        requests = iter(requests)
        while batch := [request for _, request in zip(range(4), requests, strict=False)]:
            self.clock.time += 1
            for request in batch:
                self.came.append((request.id, self.clock.now()))
                yield self.reply(request) or next(super().complete([request]))


def unavailable(request):
    return Completion.failed(request.id, "The server answered 503.", retry_after_s=0.0)


MANY = [f"{number:02}" for number in range(40)]


def test_an_outage_of_ten_minutes_costs_no_job_and_few_are_begun_meanwhile():
    clock = Clock()
    server = Served(clock, lambda request: unavailable(request) if 3 < clock.now() < 603 else None)
    results = driven(server, clock, jobs(*MANY))
    assert sorted(result.job_id for result in results if result.outcome) == MANY
    assert len({request_id for request_id, time in server.came if 3 < time < 603}) <= 24


def test_a_server_that_answers_one_request_in_five_answers_every_job():
    clock, chance = Clock(), random.Random(1)
    reply = lambda request: None if chance.random() < 0.2 else unavailable(request)  # noqa: E731
    results = driven(Served(clock, reply), clock, jobs(*MANY))
    assert sum(result.outcome is not None for result in results) == 40


def test_jobs_that_fail_for_ever_beside_answered_ones_fail_after_the_retries():
    clock = Clock()
    poisoned, many = ("prompt 05", "prompt 17", "prompt 20"), [f"{number:02}" for number in range(300)]
    reply = lambda request: unavailable(request) if request.messages[-1].content in poisoned else None  # noqa: E731
    results = {result.job_id: result for result in driven(Served(clock, reply), clock, jobs(*many))}
    failed = {name: result for name, result in results.items() if not result.outcome}
    assert sorted(failed) == ["05", "17", "20"]
    assert {len(result.calls) for result in failed.values()} <= {TRANSIENT_RETRIES + 1, TRANSIENT_RETRIES + 2}


@pytest.mark.parametrize("poisoned", [("38", "39"), tuple(MANY[::8])], ids=["last", "scattered"])
def test_jobs_that_fail_for_ever_hold_up_no_healthy_server(poisoned):
    clock = Clock()
    bad = {f"prompt {name}" for name in poisoned}
    reply = lambda request: unavailable(request) if request.messages[-1].content in bad else None  # noqa: E731
    results = driven(Served(clock, reply), clock, jobs(*MANY))
    assert sorted(result.job_id for result in results if not result.outcome) == sorted(poisoned)
    assert clock.now() < 120


def test_a_call_that_may_fail_is_given_up_after_the_retries_even_in_an_outage():
    clock = Clock()
    reply = lambda request: unavailable(request) if request.messages[-1].content.startswith("first") else None  # noqa: E731
    results = driven(Served(clock, reply), clock, jobs(*MANY[:8], how=Fallback()))
    assert all(result.outcome for result in results)
    assert {len(result.calls) for result in results} == {TRANSIENT_RETRIES + 2}


def test_a_job_that_is_cancelled_in_an_outage_ends_whatever_it_has():
    clock = Clock()
    reply = lambda request: unavailable(request) if request.id.endswith("/2") else None  # noqa: E731
    some = [Job(name, Item(name), TwoSteps(), jobs("x")[0].sampling) for name in MANY[:4]]
    assert driven(Served(clock, reply), clock, some, still_wanted=lambda job_id: clock.now() < 10) == []
    assert clock.now() < 30


def test_jobs_that_too_many_delayed_ones_held_up_are_begun_once_those_are_dropped():
    clock = Clock()
    held = [replace(job, id=f"held {job.id}") for job in jobs(*MANY[:20])]
    reply = lambda request: unavailable(request) if request.id.startswith("held") else None  # noqa: E731
    wanted = lambda job_id: not job_id.startswith("held") or clock.now() < 17  # noqa: E731
    results = driven(Served(clock, reply), clock, [*held, *jobs("a", "b")], still_wanted=wanted)
    assert {"a", "b"} <= {result.job_id for result in results}


def test_a_request_that_alone_is_refused_the_account_fails_its_job_alone():
    clock = Clock()

    def reply(request):
        refused = request.id == "02/1"
        return Completion.failed(request.id, "It asks for too much.", access_refused=True) if refused else None

    results = {result.job_id: result for result in driven(Served(clock, reply), clock, jobs(*MANY))}
    assert len(results) == len(MANY)
    assert [name for name, result in results.items() if result.error] == ["02"]
    [alone] = driven(Served(clock, reply), clock, jobs("02"))
    assert alone.error == "It asks for too much."


def test_jobs_that_fail_for_ever_alone_fail_once_an_outage_would_be_over():
    clock = Clock()
    results = driven(Served(clock, unavailable), clock, jobs("a", "b", "c"))
    assert [result.error for result in results] == ["The server answered 503."] * 3
    assert LONGEST_OUTAGE_S < clock.now() < LONGEST_OUTAGE_S + 600


def test_waiting_for_a_server_is_reported_with_its_sentence_and_its_end_too():
    clock, reports = Clock(), []
    server = Served(clock, lambda request: unavailable(request) if 1 < clock.now() < 90 else None)
    driven(server, clock, jobs(*MANY), report=reports.append)
    assert reports[0] is None
    assert reports[-1] is None
    assert not any(left is None and right is None for left, right in pairwise(reports))
    waiting = [report for report in reports if report]
    assert {report.sentence for report in waiting} == {"The server answered 503."}
    assert isinstance(waiting[0], Waiting)
    assert all(5 <= report.delay_s <= 60 for report in waiting)


def test_a_job_that_is_not_wanted_any_more_does_not_wait_for_its_retry():
    clock = Clock()
    backend = Busy(1, clock, retry_after_s=3_600.0)
    results = driven(backend, clock, jobs("a", "b"), still_wanted=lambda job_id: clock.now() < 10)
    assert [result.job_id for result in results] == ["b"]
    assert clock.now() < 15


def test_an_account_that_is_refused_fails_no_job_and_what_is_under_way_is_received():
    def reply(request):
        refused = request.id in ("02/1", "03/1")
        return Completion.failed(request.id, "No credit is left.", access_refused=True) if refused else None

    clock = Clock()
    server = Served(clock, reply)
    results = drive(server, jobs(*MANY), now=clock.now, sleep=clock.sleep)
    assert [next(results).job_id, next(results).job_id] == ["00", "01"]
    with pytest.raises(AccessRefusedError, match="No credit is left"):
        next(results)
    assert [request_id for request_id, _ in server.came] == ["00/1", "01/1", "02/1", "03/1"]


class TwoSteps:
    """A strategy of two steps."""

    def start(self, item):
        yield Ask((Message("user", item.prompt),))
        completion = yield Ask((Message("user", "And now?"),))
        return Outcome(completion.text, "", completion.text, "clean", "stop")


def test_a_later_step_does_not_wait_for_a_slow_request_of_another_job():
    came = []

    class Slow(Batching):
        """A backend that keeps `prompt slow` under way as long as there is another request."""

        def complete(self, requests):
            kept = []
            while request := next(requests, None) or (kept.pop() if kept else None):
                if request.messages[-1].content == "prompt slow" and request.id not in came:
                    came.append(request.id)
                    kept.append(request)
                    continue
                came.append(request.id)
                yield from super().complete([request])

    [slow], quick = jobs("slow"), Job("quick", Item("prompt quick"), TwoSteps(), jobs("x")[0].sampling)
    assert [result.job_id for result in drive(Slow(), [slow, quick])] == ["quick", "slow"]
    assert came == ["slow/1", "quick/1", "quick/2", "slow/1"]


def test_a_job_that_comes_while_another_waits_for_its_retry_is_begun():
    clock, waiting = Clock(), []
    backend = Busy(1, clock, retry_after_s=60.0)

    class Coming:
        def __init__(self):
            self.left = jobs("a", "b")

        def __iter__(self):
            return self

        def __next__(self):
            if len(self.left) == 2 or (self.left and clock.now() > 5):
                return self.left.pop(0)
            raise StopIteration

    results = driven(backend, clock, Coming(), report=waiting.append)
    assert [result.job_id for result in results] == ["b", "a"]
    assert [time for request_id, time in backend.came if request_id == "b/1"] == [pytest.approx(5.5)]
