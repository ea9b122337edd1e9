"""Failures of requests: what may succeed later, after which delay, and the sentence of each.

Both SDKs have the same exceptions under their own names, so that these are told apart by their fields. 429, 5xx,
529, time-outs, broken connections and responses that cannot be read are transient; every other status is not. What a
server wrote is hostile text: it is cut, and a key in it is taken out.
"""

import email.utils
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from annotator.network.client import RefusedAddressError, UnreadableResponseError
from workers.engine.remote.keys import ApiKey

UNREACHABLE_DELAY_S = 10.0
"""The delay after which a server that could not be reached is asked again: it may be starting."""
_TRANSIENT_STATUS = (408, 409, 425, 429)
_ACCESS_REFUSED = (401, 402)  # 403 may be about one prompt: some gateways filter contents
_REFUSED_KINDS = ("insufficient_quota", "billing_error", "authentication_error")
_NO_CREDIT = "credit balance is too low"  # Anthropic's words, with the status 400
_TRANSIENT_KINDS = ("overloaded_error", "api_error", "rate_limit_error", "timeout_error")
_LONGEST = 300
_LONGEST_DELAY_S = 3_600.0


class StreamClosedError(Exception):
    """A stream that ended before the message did."""


class ErrorBodyError(Exception):
    """A response of status 200 whose body is an error, as some servers and gateways send it."""

    def __init__(self, body: Any) -> None:
        super().__init__("an error with the status 200")
        self.body = {"error": body}
        code = body.get("code") if isinstance(body, dict) else None
        self.status_code = code if isinstance(code, int) and 400 <= code < 600 else 500


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason of a failed request.

    `retry_after_s` is None where the same request would fail again, and with `access_refused` so would every other.
    """

    sentence: str
    retry_after_s: float | None = None
    access_refused: bool = False


def failure_of(error: Exception, *, timeout_s: float, key: ApiKey) -> Failure:
    """Return what an exception of an SDK means."""
    for cause in _causes(error):
        if isinstance(cause, RefusedAddressError | UnreadableResponseError):
            return Failure(key.redacted(str(cause)))
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _status_failure(error, status, key)
    names = [type(cause).__name__ for cause in _causes(error)]
    if any("Timeout" in name for name in names):
        return Failure(f"The server did not answer within {timeout_s:.12g} s.", 0.0)
    if "APIResponseValidationError" in names or any(_is_unreadable(cause) for cause in _causes(error)):
        return Failure("The server answered with something that is no valid response.", 0.0)
    if isinstance(error, StreamClosedError) or "RemoteProtocolError" in names or "ReadError" in names:
        return Failure("The server closed the connection before its answer was complete.", 0.0)
    if any(name in ("APIConnectionError", "ConnectError") for name in names):
        return Failure(f"The server cannot be reached: {_one_line(_deepest(error), key)}.", UNREACHABLE_DELAY_S)
    return Failure(f"The request failed: {type(error).__name__}: {_one_line(str(error), key)}")


def _is_unreadable(cause: BaseException) -> bool:
    """Whether a response could not be read: no JSON, no UTF-8, an endless number, nested without end, the wrong type.

    A request that cannot be written raises a UnicodeEncodeError, and would again.
    """
    return isinstance(cause, ValueError | RecursionError) and not isinstance(cause, UnicodeEncodeError)


def _status_failure(error: Exception, status: int, key: ApiKey) -> Failure:
    """The failure of a response that is no success; a stream's error event has a status of 200 and a type instead."""
    response = getattr(error, "response", None)
    kind = _kind(getattr(error, "body", None))
    transient = status in _TRANSIENT_STATUS or status >= 500 or kind in _TRANSIENT_KINDS
    message = _message(error)
    refused = status in _ACCESS_REFUSED or kind in _REFUSED_KINDS or _NO_CREDIT in message
    sentence = f"The server answered {_status_words(status)}: {_one_line(message, key)}"
    if 300 <= status < 400:
        sentence = f"The server answered {_status_words(status)}, and no redirect is followed; name its new base_url."
    if refused or not transient:
        return Failure(sentence, access_refused=refused)
    return Failure(sentence, retry_after_s(getattr(response, "headers", {})))


def retry_after_s(headers: Any) -> float:
    """Return the delay that a response names, in seconds, from 0 to an hour; 0 where it names none."""
    milliseconds, value = _number(headers.get("retry-after-ms")), headers.get("retry-after") or ""
    seconds = _number(value)
    delay = milliseconds / 1_000 if milliseconds else _seconds_until(value) if seconds is None else seconds
    return min(max(delay, 0.0), _LONGEST_DELAY_S)


def _number(value: str | None) -> float | None:
    """Return a header's number, None for what is none or below 0."""
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if number >= 0 else None


def _seconds_until(date: str) -> float:
    """The seconds until a date as HTTP writes it; 0 for what is none, and for a year that no calendar has."""
    try:
        moment = email.utils.parsedate_tz(date)
        return email.utils.mktime_tz(moment) - time.time() if moment else 0.0
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def _status_words(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _kind(body: Any) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else None
    return str(inner.get("type", "")) if isinstance(inner, dict) else ""


def _message(error: Exception) -> str:
    """Return the message of a server: that of its JSON, else its text."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    try:
        if isinstance(inner, dict):
            inner = inner.get("message") or inner.get("detail") or json.dumps(inner)
        return str(inner or getattr(error, "message", "") or "no reason given")
    except RecursionError:  # a body that was just shallow enough to be read
        return "an error that is nested too deeply to be repeated"


def _one_line(text: str, key: ApiKey) -> str:
    """One line of `text` without what a terminal obeys, cut after the key was taken out: else a part of it is left."""
    words = " ".join(key.redacted(text)[: 4 * _LONGEST].split()).rstrip(".")
    line = "".join(character if character.isprintable() else "\ufffd" for character in words)
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
