"""One request to a receiver: which answers count, and the sentence of each failure.

The body of an answer is never read, stored or shown: whoever registers an address could read other servers through it.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx2

from annotator.network.client import RefusedAddressError, UnreadableResponseError, http_client

TIME_LIMIT_S = 10.0
"""The time in which a receiver must have answered, from the resolving of its name on."""
PRIVATE_HOSTS_SETTING = "PRIVATE_WEBHOOK_HOSTS"
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one attempt. `status` is None without an answer, and `failure` "" where it was delivered.

    `retry_after_s` is the delay that the receiver asked for, 0 for none.
    """

    status: int | None
    failure: str = ""
    retry_after_s: int = 0

    @property
    def delivered(self) -> bool:
        return not self.failure

    @property
    def gone(self) -> bool:
        """Whether the receiver says that it wants no message any more (410)."""
        return self.status == _GONE


def send(url: str, body: str, headers: Mapping[str, str], *, private_hosts: Sequence[str]) -> Answer:
    """Post `body` to `url` once, and return what became of it. Redirects are not followed."""
    try:
        return asyncio.run(_post(url, body, headers, private_hosts))
    except (RefusedAddressError, UnreadableResponseError) as error:
        return Answer(None, str(error))
    except (TimeoutError, httpx2.TimeoutException):
        return Answer(None, f"The receiver did not answer within {TIME_LIMIT_S:g} s.")
    except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError, UnicodeError) as error:
        return Answer(None, _failure(error))


async def _post(url: str, body: str, headers: Mapping[str, str], private_hosts: Sequence[str]) -> Answer:
    client = http_client(
        timeout_s=TIME_LIMIT_S, concurrency=1, private_hosts=private_hosts, setting=PRIVATE_HOSTS_SETTING
    )
    async with (
        asyncio.timeout(TIME_LIMIT_S),
        client,
        client.stream("POST", url, content=body.encode(), headers=dict(headers)) as response,
    ):
        return _answer(response.status_code, response.headers.get("retry-after", ""))


def _answer(status: int, retry_after: str) -> Answer:
    if 200 <= status < 300:
        return Answer(status)
    if 300 <= status < 400:
        return Answer(status, f"The receiver answered {status}, and no redirect is followed; register its new address.")
    delay_s = int(retry_after) if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 9 else 0
    return Answer(status, f"The receiver answered {status}.", delay_s)


def _failure(error: Exception) -> str:
    """Return the sentence of a failed connection, without anything that the other side wrote."""
    if isinstance(error, httpx2.ConnectError):
        certificate = "certificate" in str(error).lower()
        return (
            "The receiver's certificate is not valid for its address."
            if certificate
            else "The receiver cannot be reached: no connection could be made."
        )
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError):
        return "The receiver closed the connection without an answer."
    return f"The request failed: {type(error).__name__}."
