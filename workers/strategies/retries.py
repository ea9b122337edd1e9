"""Retries of requests: their delays, and whether a failure is the request's own or the server's."""

from dataclasses import dataclass

TRANSIENT_RETRIES = 5
"""How often a request is sent again after a transient failure of its own before its job fails."""
LONGEST_OUTAGE_S = 1_800.0
"""How long after a request's first failure the failures of the server as a whole are not counted against it."""
LONGEST_DELAY_S = 3_600.0
"""The longest delay before a retry, even where the provider names a longer one."""
_LONGEST_OWN_DELAY_S = 60.0
"""The longest delay before a retry where the provider names none."""


@dataclass(slots=True)
class ServerRecord:
    """How many requests were answered until now, how many failed transiently, and whether the server fails."""

    answered: int = 0
    failed: int = 0
    fails: bool = False


@dataclass(slots=True)
class Failures:
    """The transient failures of one request; what was `before` is what the server's record said at the last of them."""

    answered_before: int
    failed_before: int
    count: int = 0
    own: int = 0
    first_at: float = 0.0
    sentence: str = ""

    @classmethod
    def none(cls, server: ServerRecord) -> "Failures":
        """Return those of a request that is about to be sent for the first time."""
        return cls(server.answered, server.failed)

    def add(self, sentence: str, server: ServerRecord, *, others_fail: bool, now: float) -> None:
        """Add a failure, which the record has already.

        The server fails where, since this request's last failure, others failed and no more were answered than failed.
        """
        answered, failed = server.answered - self.answered_before, server.failed - self.failed_before - 1
        if answered > failed:
            server.fails = False
        elif failed or others_fail:
            server.fails = True
        self.answered_before, self.failed_before, self.sentence = server.answered, server.failed, sentence
        self.first_at = self.first_at if self.count else now
        self.count += 1
        self.own += not (server.fails and now - self.first_at < LONGEST_OUTAGE_S)

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
