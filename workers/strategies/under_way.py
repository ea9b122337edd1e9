"""Jobs and requests under way in the driver, and the requests of one pass."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from workers.engine import Completion, Request
from workers.strategies.jobs import Call, Job
from workers.strategies.protocol import Ask, Outcome
from workers.strategies.retries import Failures


@dataclass(slots=True)
class JobState:
    """An unfinished job: its suspended strategy and the calls so far."""

    job: Job
    steps: Generator[Ask, Completion, Outcome]
    calls: list[Call] = field(default_factory=list)

    @property
    def has_only_failed(self) -> bool:
        return bool(self.calls) and all(call.finish_reason == "error" for call in self.calls)


@dataclass(slots=True)
class Sent:
    """A request without a completion yet, its ask and its failures; `number` counts requests in the order sent."""

    state: JobState
    ask: Ask
    request: Request
    failures: Failures = field(default_factory=Failures)
    number: int = 0


@dataclass(slots=True)
class Refused:
    """A job whose account was refused, until the next request shows whether every account of it is."""

    state: JobState
    error: str
    number: int
    """The number of the request that was sent last when the refusal came."""


class Requests(Iterator[Request]):
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
