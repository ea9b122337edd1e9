"""Driver: runs many jobs through one backend.

Keeps the batch full across jobs, strategies and steps. Owns which completion answers which ask, and which request is
sent when. Knows neither the source of the jobs nor what happens to the results.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from heapq import heapify, heappop, heappush

from workers.engine import AccessRefusedError, Backend, Completion, Request
from workers.strategies.jobs import Call, Job, Result
from workers.strategies.protocol import Ask, Outcome
from workers.strategies.retries import ServerRecord, Waiting
from workers.strategies.under_way import JobState, Refused, Requests, Sent

logger = logging.getLogger(__name__)

_DELAYED_BATCHES = 2
"""With so many batches of requests delayed few further jobs are begun."""
_PROBE_EVERY_S = 60.0
"""The interval between such jobs, which show whether the server answers again."""
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
    counted where most requests fail, since it is the server's, unless the call may fail. Once
    `keep_going()` is false (called before each model call and while waiting) no job is pulled and no model call
    started; completions of calls under way are still received. Jobs that are unfinished then get no result and can be
    driven again. A job whose model calls have all failed is not tried again where `still_wanted(job_id)` is false, and
    gets no result either. `report` is called while no request can be sent, and with None at the first answer and at
    the first after that. Where the provider refuses the account for one request its job fails alone; where it refuses
    the next one as well, AccessRefusedError is raised after the calls under way, and neither job gets a result.
    """
    return _Driver(backend, jobs, keep_going, still_wanted, report, now, sleep).results()


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
        self._refused: Refused | None = None
        self._refusal = ""  # of the account, by two requests in turn
        self._number = 0
        self._probed_at = -math.inf
        self._stopped = False
        self._ready: deque[Request] = deque()  # not yet pulled by the backend
        self._delayed: list[tuple[float, str, Request]] = []  # a heap of (time it is due, request id, request)
        self._sent: dict[str, Sent] = {}  # by request id; a delayed request stays in it
        self._results: deque[Result] = deque()  # finished and not yet yielded

    def results(self) -> Iterator[Result]:
        while not self._stopped:
            yield from self._one_pass()
            if self._refusal:
                raise AccessRefusedError(self._refusal)
            self._wait_for_a_delayed_request()
            # A later step may be ready since the backend stopped pulling, or a job wait that too many delays held up.
            if not self._ready and not self._begin_another():
                break
        if not self._stopped and self._refused:
            self._finish_refused(self._refused)
            yield from self._finished()

    def _one_pass(self) -> Iterator[Result]:
        completions = self._backend.complete(Requests(self._next_request, self._stopped_while_waiting))
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
                    self._number += 1
                    self._sent[request.id].number = self._number
                    return request
            elif not self._begin_another():
                return None
        return None

    def _begin_another(self) -> bool:
        """Begin the next job; hardly any where a server fails every request: they are left to other workers."""
        if len(self._delayed) >= _DELAYED_BATCHES * self._backend.batch_size:
            if self._now() - self._probed_at < _PROBE_EVERY_S:
                return False
            self._probed_at = self._now()
        if (job := next(self._jobs, None)) is None:
            return False
        self._begin(job)
        return True

    def _is_dropped(self, request: Request, *, answered_too: bool = False) -> bool:
        """Drop a job that is not wanted any more: its run was paused, or its budget used up.

        One that has something to lose, a step that was answered, is dropped with `answered_too` alone.
        """
        state = self._sent[request.id].state
        if not (answered_too or state.has_only_failed) or self._still_wanted(state.job.id):
            return False
        del self._sent[request.id]
        state.steps.close()
        return True

    def _stop_requested(self) -> bool:
        self._stopped = self._stopped or bool(self._refusal) or not self._keep_going()
        return self._stopped

    def _stopped_while_waiting(self) -> bool:
        """Whether to stop; called while nothing can be sent. What is not wanted any more does not wait meanwhile."""
        self._delayed = [entry for entry in self._delayed if not self._is_dropped(entry[2], answered_too=True)]
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
        state = JobState(job, job.strategy.start(job.item))
        self._advance(state, lambda: next(state.steps))

    def _receive(self, completion: Completion) -> None:
        sent = self._sent.pop(completion.request_id)
        state = sent.state
        state.calls.append(Call.of(len(state.calls) + 1, sent.ask, sent.request.sampling, completion))
        self._count(sent, completion)
        if completion.access_refused:
            self._refuse(sent, completion.error)
        elif completion.transient and self._may_retry(sent, completion.error):
            self._retry_later(sent, completion)
        elif completion.finish_reason == "error" and not sent.ask.may_fail:
            state.steps.close()
            self._finish(state, None, completion.error)
        else:
            self._advance(state, lambda: state.steps.send(completion))

    def _count(self, sent: Sent, completion: Completion) -> None:
        if completion.access_refused:
            return
        if not sent.failures.count:
            self._server.add(failed=completion.transient)
        if completion.transient:
            return
        if self._refused and sent.number > self._refused.number:
            self._finish_refused(self._refused)
        if self._reported is not None:
            self._reported = None
            self._report(None)

    def _refuse(self, sent: Sent, error: str) -> None:
        """Believe the second of two refusals with no answer to a later request between them."""
        if self._refused:
            self._refusal = error
            sent.state.steps.close()
        else:
            self._refused = Refused(sent.state, error, self._number)

    def _finish_refused(self, refused: Refused) -> None:
        """Fail the job that alone was refused: such a request asks for more than the account has, for example."""
        self._refused = None
        refused.state.steps.close()
        self._finish(refused.state, None, refused.error)

    def _may_retry(self, sent: Sent, sentence: str) -> bool:
        is_servers = self._server.fails and not sent.ask.may_fail
        sent.failures.add(sentence, is_servers=is_servers, now=self._now())
        return sent.failures.may_retry

    def _retry_later(self, sent: Sent, completion: Completion) -> None:
        delay_s = sent.failures.delay_s(completion.retry_after_s or 0.0)
        logger.warning("Request %s is sent again in %.0f s: %s", sent.request.id, delay_s, completion.error)
        self._sent[sent.request.id] = sent
        heappush(self._delayed, (self._now() + delay_s, sent.request.id, sent.request))

    def _advance(self, state: JobState, step: Callable[[], Ask]) -> None:
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
            self._sent[request.id] = Sent(state, ask, request)
            self._ready.append(request)

    def _finish(self, state: JobState, outcome: Outcome | None, error: str) -> None:
        self._results.append(Result(state.job.id, outcome, state.calls, error))
