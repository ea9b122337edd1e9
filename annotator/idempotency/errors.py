"""Refusals of a request because of its idempotency key."""


class IdempotencyError(Exception):
    """The key forbids the request; the message is one sentence."""


class KeyReusedError(IdempotencyError):
    """Another request was sent with the key: it can never be answered."""


class AnswerNotKeptError(IdempotencyError):
    """The request was carried out before, and its answer held a secret, which is stored nowhere."""


class RequestUnderWayError(IdempotencyError):
    """The first request with the key is not answered yet."""
