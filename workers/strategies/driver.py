"""Driver: runs many jobs through one backend.

Keeps the batch full across jobs, strategies and steps. Owns which completion answers which ask, and which request is
sent when. Knows neither the source of the jobs nor what happens to the results.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush

from workers.engine import AccessRefusedError, Backend, Completion, Request
from workers.strategies.jobs import Call, Job, Result
from workers.strategies.protocol import Ask, Outcome
from workers.strategies.retries import Failures, ServerRecord, Waiting

logger = logging.getLogger(__name__)

_DELAYED_BATCHES = 2
"""With so many batches of requests delayed no further job is begun."""
_WAITING_STEP_S = 0.5
"""The interval between calls of `keep_going` while only delayed requests are left."""
_REPORTED_FROM_S = 5.0
"""Shorter delays are not reported."""


def drive(
    backend: Backend,
    jobs: Iterable[Job],
    *,
    keep_going: Callable[[], bool] = lambda: True,
    still_wanted: Callable[[str], bool] = lambda job_id: True,
    report: Callable[[Waiting | None], None] = lambda waiting: None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Result]:
    """Yield one result for each job, in completion order.

    `jobs` is pulled when the backend asks for more requests, on the thread that iterates. A model call or strategy step
    that fails, fails its job alone, unless the call may fail. After a transient failure the same request is sent again
    after a delay, at most `TRANSIENT_RETRIES` times, while the others continue; for `LONGEST_OUTAGE_S` a failure is not
    counted where other requests fail as well and no more were answered than failed: it is the server's. Once
    `keep_going()` is false (called before each model call and while waiting) no job is pulled and no model call
    started; completions of calls under way are still received. Jobs that are unfinished then get no result and can be
    driven again. A job whose model calls have all failed is not tried again where `still_wanted(job_id)` is false, and
    gets no result either. `report` is called while no request can be sent, and with None at the first answer and at
    the first after that. Raises AccessRefusedError after the calls under way where the provider refuses the account.
    """
    return _Driver(backend, jobs, keep_going, still_wanted, report, now, sleep).results()


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
    """A request without a completion yet, its ask and its failures."""

    state: _JobState
    ask: Ask
    request: Request
    failures: Failures


class _Requests(Iterator[Request]):
    """The requests of one pass. After it has ended there may be more: a later step, or a retry that is due.

    A backend that waits asks by `stopped` whether to go on waiting.
    """

    def __init__(self, next_request: Callable[[], Request | None], stopped: Callable[[], bool]) -> None:
        self._next_request, self.stopped = next_request, stopped

    def __next__(self) -> Request:
        request = self._next_request()
        if request is None:
            raise StopIteration
        return request


class _Driver:
    def __init__(
        self,
        backend: Backend,
        jobs: Iterable[Job],
        keep_going: Callable[[], bool],
        still_wanted: Callable[[str], bool],
        report: Callable[[Waiting | None], None],
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._backend, self._jobs = backend, iter(jobs)
        self._keep_going, self._still_wanted, self._now, self._sleep = keep_going, still_wanted, now, sleep
        self._report = report
        self._server = ServerRecord()
        self._reported: float | None = -1.0  # the time until which waiting was reported; None since an answer
        self._refusal = ""
        self._stopped = False
        self._ready: deque[Request] = deque()  # not yet pulled by the backend
        self._delayed: list[tuple[float, str, Request]] = []  # a heap of (time it is due, request id, request)
        self._sent: dict[str, _Sent] = {}  # by request id; a delayed request stays in it
        self._results: deque[Result] = deque()  # finished and not yet yielded

    def results(self) -> Iterator[Result]:
        while not self._stopped:
            yield from self._one_pass()
            if self._refusal:
                raise AccessRefusedError(self._refusal)
            self._wait_for_a_delayed_request()
            if not self._ready:  # a later step may have become ready after the backend stopped pulling
                return

    def _one_pass(self) -> Iterator[Result]:
        completions = self._backend.complete(_Requests(self._next_request, self._stopped_while_waiting))
        try:
            for completion in completions:
                self._receive(completion)
                yield from self._finished()
            yield from self._finished()
        finally:
            if isinstance(completions, Generator):
                completions.close()

    def _next_request(self) -> Request | None:
        """Return later steps and due retries first, so that jobs under way finish before new ones start."""
        while not self._stop_requested():
            self._release_due()
            if self._ready:
                request = self._ready.popleft()
                if not self._is_dropped(request):
                    return request
            elif not self._begin_another():
                return None
        return None

    def _begin_another(self) -> bool:
        """Begin the next job; none where a server fails every request: the others are left to other workers."""
        if len(self._delayed) >= _DELAYED_BATCHES * self._backend.batch_size:
            return False
        if (job := next(self._jobs, None)) is None:
            return False
        self._begin(job)
        return True

    def _is_dropped(self, request: Request) -> bool:
        """Drop a job that has nothing to lose and is not wanted any more: its run was paused, or its budget used up."""
        state = self._sent[request.id].state
        if not state.has_only_failed or self._still_wanted(state.job.id):
            return False
        del self._sent[request.id]
        state.steps.close()
        return True

    def _stop_requested(self) -> bool:
        self._stopped = self._stopped or bool(self._refusal) or not self._keep_going()
        return self._stopped

    def _stopped_while_waiting(self) -> bool:
        """Whether to stop; called while nothing can be sent. What is not wanted any more does not wait meanwhile."""
        self._delayed = [delayed for delayed in self._delayed if not self._is_dropped(delayed[2])]
        heapify(self._delayed)
        self._report_waiting()
        return self._stop_requested()

    def _report_waiting(self) -> None:
        under_way = len(self._sent) - len(self._delayed) - len(self._ready)
        if not self._delayed or under_way > 1:  # a backend may hold one that it has not sent
            return
        due_at, request_id, _request = self._delayed[0]
        delay_s = due_at - self._now()
        if delay_s >= _REPORTED_FROM_S and due_at != self._reported:
            self._reported = due_at
            self._report(Waiting(self._sent[request_id].failures.sentence, delay_s))

    def _release_due(self) -> None:
        while self._delayed and self._delayed[0][0] <= self._now():
            self._ready.append(heappop(self._delayed)[2])

    def _wait_for_a_delayed_request(self) -> None:
        """Sleep in short steps until a delayed request is due or a job comes, where no other request is left."""
        self._release_due()
        while not self._ready and not self._stopped_while_waiting() and self._delayed:
            self._sleep(min(_WAITING_STEP_S, max(0.0, self._delayed[0][0] - self._now())))
            self._release_due()
            if not self._ready:
                self._begin_another()

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
        self._count(completion)
        if completion.access_refused:
            self._refusal = self._refusal or completion.error
            state.steps.close()
        elif completion.transient and self._may_retry(sent, completion.error):
            self._retry_later(sent, completion)
        elif completion.finish_reason == "error" and not sent.ask.may_fail:
            state.steps.close()
            self._finish(state, None, completion.error)
        else:
            self._advance(state, lambda: state.steps.send(completion))

    def _count(self, completion: Completion) -> None:
        if completion.transient:
            self._server.failed += 1
        elif not completion.access_refused:
            self._server.answered += 1
            if self._reported is not None:
                self._reported = None
                self._report(None)

    def _may_retry(self, sent: _Sent, sentence: str) -> bool:
        others_fail = any(other.failures.count for other in self._sent.values())
        sent.failures.add(sentence, self._server, others_fail=others_fail, now=self._now())
        return sent.failures.may_retry

    def _retry_later(self, sent: _Sent, completion: Completion) -> None:
        delay_s = sent.failures.delay_s(completion.retry_after_s or 0.0)
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
            self._sent[request.id] = _Sent(state, ask, request, Failures.none(self._server))
            self._ready.append(request)

    def _finish(self, state: _JobState, outcome: Outcome | None, error: str) -> None:
        self._results.append(Result(state.job.id, outcome, state.calls, error))
