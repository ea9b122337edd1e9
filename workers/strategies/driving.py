"""Drives many jobs through one backend, keeping its batch full across jobs, strategies and steps.

Owns the bookkeeping between a strategy's asks and the backend's completions. Knows nothing of where jobs come from or
where results go.
"""

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from workers.engine import Backend, Completion, Message, Request, Sampling
from workers.strategies.types import Ask, Outcome, Strategy

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One prompt to take through one strategy. Ids are unique among the jobs of one drive."""

    id: str
    prompt: str
    strategy: Strategy
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Call:
    """The record of one model call."""

    messages: tuple[Message, ...]
    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str
    latency_s: float

    @classmethod
    def of(cls, ask: Ask, completion: Completion) -> "Call":
        return cls(
            messages=ask.messages,
            text=completion.text,
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            finish_reason=completion.finish_reason,
            latency_s=completion.latency_s,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Result:
    """What a job came to: an outcome, or an `error` of one sentence. `latency_s` is the time inside model calls."""

    job_id: str
    outcome: Outcome | None
    calls: list[Call]
    error: str
    latency_s: float


def drive(backend: Backend, jobs: Iterable[Job], *, keep_going: Callable[[], bool] = lambda: True) -> Iterator[Result]:
    """Yield one result for each job, in completion order.

    `jobs` is pulled as the backend has room, on the thread that iterates. A model call or strategy step that fails,
    fails its job alone. Once `keep_going()` is false (asked before each model call) no job is pulled and no model call
    begun; what the backend has in hand is still received, so that no finished batch is thrown away. Jobs that were
    pulled and are unfinished then get no result and can be done again.
    """
    return _Driver(backend, jobs, keep_going).results()


@dataclass(slots=True)
class _Course:
    """A job under way: its strategy, suspended, and the calls made so far."""

    job: Job
    steps: Generator[Ask, Completion, Outcome]
    calls: list[Call] = field(default_factory=list)


class _Driver:
    def __init__(self, backend: Backend, jobs: Iterable[Job], keep_going: Callable[[], bool]) -> None:
        self._backend = backend
        self._jobs = iter(jobs)
        self._keep_going = keep_going
        self._stopped = False
        self._ready: deque[Request] = deque()  # asked for and not yet pulled by the backend
        self._waiting: dict[str, tuple[_Course, Ask]] = {}  # by request id
        self._results: deque[Result] = deque()  # finished and not yet yielded

    def results(self) -> Iterator[Result]:
        while not self._stopped:
            yield from self._one_pass()
            if not self._ready:  # a later step may have become ready after the backend stopped pulling
                return

    def _one_pass(self) -> Iterator[Result]:
        completions = self._backend.complete(self._requests())
        try:
            for completion in completions:
                self._receive(completion)
                yield from self._finished()
            yield from self._finished()
        finally:
            if isinstance(completions, Generator):
                completions.close()

    def _requests(self) -> Iterator[Request]:
        """Later steps first, so that jobs under way finish before new ones begin."""
        while not self._must_stop():
            if self._ready:
                yield self._ready.popleft()
            elif (job := next(self._jobs, None)) is not None:
                self._begin(job)
            else:
                return

    def _must_stop(self) -> bool:
        self._stopped = self._stopped or not self._keep_going()
        return self._stopped

    def _finished(self) -> Iterator[Result]:
        while self._results:
            yield self._results.popleft()

    def _begin(self, job: Job) -> None:
        course = _Course(job, job.strategy.start(job.prompt))
        self._advance(course, lambda: next(course.steps))

    def _receive(self, completion: Completion) -> None:
        course, ask = self._waiting.pop(completion.request_id)
        course.calls.append(Call.of(ask, completion))
        if completion.finish_reason == "error":
            course.steps.close()
            self._finish(course, None, completion.error)
        else:
            self._advance(course, lambda: course.steps.send(completion))

    def _advance(self, course: _Course, step: Callable[[], Ask]) -> None:
        try:
            ask = step()
        except StopIteration as stop:
            self._finish(course, stop.value, "")
        except Exception as error:  # a strategy is arbitrary code: what it raises fails this job alone
            logger.exception("Strategy %s failed on job %s.", course.job.strategy.name, course.job.id)
            reason = f"The strategy {course.job.strategy.name} failed: {type(error).__name__}: {error}"
            self._finish(course, None, reason)
        else:
            request_id = f"{course.job.id}/{len(course.calls) + 1}"
            self._waiting[request_id] = (course, ask)
            self._ready.append(Request(request_id, ask.messages, course.job.sampling))

    def _finish(self, course: _Course, outcome: Outcome | None, error: str) -> None:
        latency_s = sum(call.latency_s for call in course.calls)
        self._results.append(Result(course.job.id, outcome, course.calls, error, latency_s))
