"""Retries of requests: their delays, and whether a failure is the request's own or the server's."""

from collections import deque
from dataclasses import dataclass

TRANSIENT_RETRIES = 5
"""How often a request is sent again after a transient failure of its own before its job fails."""
LONGEST_OUTAGE_S = 1_800.0
"""How long after a request's first failure the failures of the server as a whole are not counted against it."""
LONGEST_DELAY_S = 3_600.0
"""The longest delay before a retry, even where the provider names a longer one."""
_REMEMBERED = 8
_LONGEST_OWN_DELAY_S = 60.0
"""The longest delay before a retry where the provider names none."""


class ServerRecord:
    """Whether the server fails, and not its requests, by what came of the last that were sent for the first time.

    It does once most of several failed transiently, until three quarters of them were answered. Retries say nothing
    new: those of a few bad requests would outnumber the answers to the others.
    """

    def __init__(self) -> None:
        self._failed: deque[bool] = deque(maxlen=_REMEMBERED)
        self.fails = False

    def add(self, *, failed: bool) -> None:
        self._failed.append(failed)
        share = sum(self._failed) / len(self._failed)
        self.fails = len(self._failed) > 1 and share > (0.25 if self.fails else 0.5)


@dataclass(slots=True)
class Failures:
    """The transient failures of one request, `own` being those that are not the server's."""

    count: int = 0
    own: int = 0
    first_at: float = 0.0
    sentence: str = ""

    def add(self, sentence: str, *, is_servers: bool, now: float) -> None:
        """Add a failure; after `LONGEST_OUTAGE_S` each is the request's own."""
        self.first_at = self.first_at if self.count else now
        self.sentence = sentence
        self.count += 1
        self.own += not (is_servers and now - self.first_at < LONGEST_OUTAGE_S)

    @property
    def may_retry(self) -> bool:
        return self.own <= TRANSIENT_RETRIES

    def delay_s(self, retry_after_s: float) -> float:
        """Return the backend's own delay, at least 1, 2, 4 ... 60 seconds and at most `LONGEST_DELAY_S`."""
        own_s = min(_LONGEST_OWN_DELAY_S, 2.0 ** min(self.count - 1, 16))
        return min(LONGEST_DELAY_S, max(retry_after_s, own_s))


@dataclass(frozen=True, slots=True)
class Waiting:
    """No request can be sent for `delay_s` seconds, because of the failure in `sentence`."""

    sentence: str
    delay_s: float
