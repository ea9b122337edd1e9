"""Driver: runs many jobs through one backend.

Keeps the batch full across jobs, strategies and steps. Owns which completion answers which ask, and the retries of
transient failures. Knows neither the source of the jobs nor what happens to the results.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from workers.engine import Backend, Completion, Request
from workers.strategies.jobs import Call, Job, Result
from workers.strategies.protocol import Ask, Outcome

logger = logging.getLogger(__name__)

TRANSIENT_RETRIES = 5
"""How often a request is sent again after a transient failure before its job fails."""
LONGEST_DELAY_S = 3_600.0
"""The longest delay before a retry, even where the provider names a longer one."""
_DELAYED_BATCHES = 2
"""With so many batches of requests delayed no further job is begun."""
_WAITING_STEP_S = 0.5
"""The interval between calls of `keep_going` while only delayed requests are left."""


def drive(
    backend: Backend,
    jobs: Iterable[Job],
    *,
    keep_going: Callable[[], bool] = lambda: True,
    still_wanted: Callable[[str], bool] = lambda job_id: True,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Result]:
    """Yield one result for each job, in completion order.

    `jobs` is pulled when the backend asks for more requests, on the thread that iterates. A model call or strategy step
    that fails, fails its job alone, unless the call may fail. After a transient failure the same request is sent again
    after a delay, at most `TRANSIENT_RETRIES` times, while the others continue. Once `keep_going()` is false (called
    before each model call and while waiting) no job is pulled and no model call started; completions of calls under way
    are still received. Jobs that are unfinished then get no result and can be driven again. A job whose model calls
    have all failed is not tried again where `still_wanted(job_id)` is false, and gets no result either.
    """
    return _Driver(backend, jobs, keep_going, still_wanted, now, sleep).results()


@dataclass(slots=True)
class _JobState:
    """An unfinished job: its suspended strategy and the calls so far."""

    job: Job
    steps: Generator[Ask, Completion, Outcome]
    calls: list[Call] = field(default_factory=list)

    @property
    def has_only_failed(self) -> bool:
        return bool(self.calls) and all(call.finish_reason == "error" for call in self.calls)


@dataclass(slots=True)
class _Sent:
    """A request without a completion yet: its ask, and how often it failed transiently."""

    state: _JobState
    ask: Ask
    request: Request
    failures: int = 0

    def delay_s(self, retry_after_s: float) -> float:
        """Return the backend's own delay, at least 1, 2, 4 ... seconds and at most `LONGEST_DELAY_S`."""
        return min(LONGEST_DELAY_S, max(retry_after_s, 2.0 ** (self.failures - 1)))


class _Requests(Iterator[Request]):
    """The requests of one pass; a backend whose calls take hours asks whether to go on waiting for them."""

    def __init__(self, requests: Iterator[Request], stop_requested: Callable[[], bool]) -> None:
        self._requests, self._stop_requested = requests, stop_requested

    def __next__(self) -> Request:
        return next(self._requests)

    def stopped(self) -> bool:
        return self._stop_requested()


class _Driver:
    def __init__(
        self,
        backend: Backend,
        jobs: Iterable[Job],
        keep_going: Callable[[], bool],
        still_wanted: Callable[[str], bool],
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._backend, self._jobs = backend, iter(jobs)
        self._keep_going, self._still_wanted, self._now, self._sleep = keep_going, still_wanted, now, sleep
        self._stopped = False
        self._ready: deque[Request] = deque()  # not yet pulled by the backend
        self._delayed: list[tuple[float, str, Request]] = []  # a heap of (time it is due, request id, request)
        self._sent: dict[str, _Sent] = {}  # by request id; a delayed request stays in it
        self._results: deque[Result] = deque()  # finished and not yet yielded

    def results(self) -> Iterator[Result]:
        while not self._stopped:
            yield from self._one_pass()
            self._wait_for_a_delayed_request()
            if not self._ready:  # a later step may have become ready after the backend stopped pulling
                return

    def _one_pass(self) -> Iterator[Result]:
        completions = self._backend.complete(_Requests(self._requests(), self._stop_requested))
        try:
            for completion in completions:
                self._receive(completion)
                yield from self._finished()
            yield from self._finished()
        finally:
            if isinstance(completions, Generator):
                completions.close()

    def _requests(self) -> Iterator[Request]:
        """Yield later steps and due retries first, so that jobs under way finish before new ones start."""
        while not self._stop_requested():
            self._release_due()
            if self._ready:
                request = self._ready.popleft()
                if not self._is_dropped(request):
                    yield request
            elif len(self._delayed) >= _DELAYED_BATCHES * self._backend.batch_size:
                return  # a server that fails every request fails few jobs, and leaves the others to other workers
            elif (job := next(self._jobs, None)) is not None:
                self._begin(job)
            else:
                return

    def _is_dropped(self, request: Request) -> bool:
        """Drop a job that has nothing to lose and is not wanted any more: its run was paused, or its budget used up."""
        state = self._sent[request.id].state
        if not state.has_only_failed or self._still_wanted(state.job.id):
            return False
        del self._sent[request.id]
        state.steps.close()
        return True

    def _stop_requested(self) -> bool:
        self._stopped = self._stopped or not self._keep_going()
        return self._stopped

    def _release_due(self) -> None:
        while self._delayed and self._delayed[0][0] <= self._now():
            self._ready.append(heappop(self._delayed)[2])

    def _wait_for_a_delayed_request(self) -> None:
        """Sleep in short steps until a delayed request is due, where no other is left."""
        self._release_due()
        while self._delayed and not self._ready and not self._stop_requested():
            self._sleep(min(_WAITING_STEP_S, max(0.0, self._delayed[0][0] - self._now())))
            self._release_due()

    def _finished(self) -> Iterator[Result]:
        while self._results:
            yield self._results.popleft()

    def _begin(self, job: Job) -> None:
        state = _JobState(job, job.strategy.start(job.item))
        self._advance(state, lambda: next(state.steps))

    def _receive(self, completion: Completion) -> None:
        sent = self._sent.pop(completion.request_id)
        state = sent.state
        state.calls.append(Call.of(len(state.calls) + 1, sent.ask, sent.request.sampling, completion))
        if completion.transient and sent.failures < TRANSIENT_RETRIES:
            self._retry_later(sent, completion)
        elif completion.finish_reason == "error" and not sent.ask.may_fail:
            state.steps.close()
            self._finish(state, None, completion.error)
        else:
            self._advance(state, lambda: state.steps.send(completion))

    def _retry_later(self, sent: _Sent, completion: Completion) -> None:
        sent.failures += 1
        delay_s = sent.delay_s(completion.retry_after_s or 0.0)
        logger.warning("Request %s is sent again in %.0f s: %s", sent.request.id, delay_s, completion.error)
        self._sent[sent.request.id] = sent
        heappush(self._delayed, (self._now() + delay_s, sent.request.id, sent.request))

    def _advance(self, state: _JobState, step: Callable[[], Ask]) -> None:
        try:
            ask = step()
            sampling = replace(state.job.sampling, **ask.sampling)
        except StopIteration as stop:
            self._finish(state, stop.value, "")
        except Exception as error:  # a strategy is arbitrary code; an error of it fails this job alone
            name = state.job.strategy.spec.name
            logger.exception("Strategy %s failed on job %s.", name, state.job.id)
            self._finish(state, None, f"The strategy {name} failed: {type(error).__name__}: {error}")
        else:
            number = len(state.calls) + 1
            request = Request(f"{state.job.id}/{number}", ask.messages, sampling, ask.thinking, ask.choices, ask.tools)
            self._sent[request.id] = _Sent(state, ask, request)
            self._ready.append(request)

    def _finish(self, state: _JobState, outcome: Outcome | None, error: str) -> None:
        self._results.append(Result(state.job.id, outcome, state.calls, error))
