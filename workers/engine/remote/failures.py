"""Failures of requests: what may succeed later, after which delay, and the sentence of each.

Both SDKs have the same exceptions under their own names, so that these are told apart by their fields. 429, 5xx,
529, time-outs, broken connections and responses that are no JSON are transient; every other status is not. What a
server wrote is hostile text: it is cut, and a key in it is taken out.
"""

import email.utils
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from workers.engine.remote.keys import ApiKey
from workers.engine.remote.network import RefusedAddressError, UnreadableResponseError

UNREACHABLE_DELAY_S = 10.0
"""The delay after which a server that could not be reached is asked again: it may be starting."""
_TRANSIENT_STATUS = (408, 409, 425, 429)
_LONGEST = 300
_LONGEST_DELAY_S = 3_600.0


class StreamClosedError(Exception):
    """A stream that ended before the message did."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed. `retry_after_s` is None where the same request would fail again."""

    sentence: str
    retry_after_s: float | None = None


def failure_of(error: Exception, *, timeout_s: float, key: ApiKey) -> Failure:
    """Return what an exception of an SDK means."""
    found = _failure(error, timeout_s)
    return Failure(key.redacted(found.sentence), found.retry_after_s)


def _failure(error: Exception, timeout_s: float) -> Failure:
    for cause in _causes(error):
        if isinstance(cause, RefusedAddressError | UnreadableResponseError):
            return Failure(str(cause))
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _status_failure(error, status)
    names = [type(cause).__name__ for cause in _causes(error)]
    if any("Timeout" in name for name in names):
        return Failure(f"The server did not answer within {timeout_s:.12g} s.", 0.0)
    if any(name in ("JSONDecodeError", "APIResponseValidationError", "ValidationError") for name in names):
        return Failure("The server answered with something that is no valid response.", 0.0)
    if isinstance(error, StreamClosedError) or "RemoteProtocolError" in names or "ReadError" in names:
        return Failure("The server closed the connection before its answer was complete.", 0.0)
    if any(name in ("APIConnectionError", "ConnectError") for name in names):
        return Failure(f"The server cannot be reached: {_one_line(_deepest(error))}.", UNREACHABLE_DELAY_S)
    return Failure(f"The request failed: {type(error).__name__}: {_one_line(str(error))}")


def _status_failure(error: Exception, status: int) -> Failure:
    """The failure of a response that is no success; a stream's error event has a status of 200 and a type instead."""
    response = getattr(error, "response", None)
    kind = _kind(getattr(error, "body", None))
    transient = status in _TRANSIENT_STATUS or status >= 500 or kind in ("overloaded_error", "api_error")
    sentence = f"The server answered {_status_words(status)}: {_one_line(_message(error))}"
    if 300 <= status < 400:
        sentence = f"The server answered {_status_words(status)}, and no redirect is followed; name its new base_url."
    if not transient:
        return Failure(sentence)
    return Failure(sentence, retry_after_s(getattr(response, "headers", {})))


def retry_after_s(headers: Any) -> float:
    """Return the delay that a response names, in seconds, from 0 to an hour; 0 where it names none."""
    milliseconds, value = headers.get("retry-after-ms"), headers.get("retry-after")
    delay = 0.0
    try:
        delay = float(milliseconds) / 1_000 if milliseconds else float(value or 0)
    except ValueError:
        moment = email.utils.parsedate_tz(value or "")
        delay = email.utils.mktime_tz(moment) - time.time() if moment else 0.0
    return min(max(delay, 0.0), _LONGEST_DELAY_S) if delay == delay else 0.0


def _status_words(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _kind(body: Any) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else None
    return str(inner.get("type", "")) if isinstance(inner, dict) else ""


def _message(error: Exception) -> str:
    """What the server said: the message of its JSON, else its text."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(inner, dict):
        inner = inner.get("message") or inner.get("detail") or json.dumps(inner)
    return str(inner or getattr(error, "message", "") or "no reason given")


def _one_line(text: str) -> str:
    line = " ".join(text[: 4 * _LONGEST].split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _deepest(error: BaseException) -> str:
    return str(list(_causes(error))[-1]) or "no connection"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
