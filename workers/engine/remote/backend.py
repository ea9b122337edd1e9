"""Base class of the remote backends: concurrency, failures as completions, keys, delays.

A subclass has the SDK's client and turns one request into one completion (`_ask`).
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from workers.engine.errors import PermanentEngineError, TransientEngineError
from workers.engine.protocol import Completion, Request, ToolCall
from workers.engine.remote.concurrency import Concurrency
from workers.engine.remote.failures import Failure, failure_of
from workers.engine.remote.keys import ApiKey
from workers.engine.remote.token_rate import TokenRate

_LONGEST_REQUEST_S = 3_600.0  # however slowly an answer drips in
_LONGEST_LOOK_S = 30.0  # meanwhile the page says that the worker loads the model
_LONGEST_NAME = 200


class RequestError(ValueError):
    """A request that this model cannot be sent, in one sentence."""


class RemoteBackend(ABC):
    """A model that is asked over HTTP. The SDK's own retries are off: the driver tries again."""

    def __init__(self, *, concurrency: int, timeout_s: float, base_url: str, key: ApiKey) -> None:
        self.batch_size = concurrency
        self._timeout_s, self._base_url, self._key = timeout_s, base_url, key
        self._calls = Concurrency(concurrency)
        self._rate = TokenRate()
        self._not_before = 0.0  # the time at which a server that asked for a delay is asked again

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        return self._complete(requests)

    def _complete(self, requests: Iterable[Request], *, cancel: bool = False) -> Iterator[Completion]:
        """Yield completions; with `cancel`, a stop cancels what is under way."""
        stopped = getattr(requests, "stopped", lambda: False)
        return self._calls.complete(requests, self._completed, stopped=stopped, delay_s=self._delay_s, cancel=cancel)

    def _delay_s(self) -> float:
        return self._not_before - time.monotonic()

    def count_tokens(self, text: str) -> int:
        """Return an estimate, by what the provider counted in other texts."""
        return self._rate.count(text)

    def describe(self) -> dict[str, str]:
        server = urlsplit(self._base_url)
        return {"server": f"{server.scheme}://{server.netloc}", "token counts of the parts": "estimated"}

    def close(self) -> None:
        self._calls.close(self._close_client)

    @abstractmethod
    async def _ask(self, request: Request) -> Completion:
        """Send one request. Raises RequestError for one that cannot be sent, and whatever the SDK raises."""

    @abstractmethod
    async def _close_client(self) -> None: ...

    @abstractmethod
    async def _look(self) -> None:
        """Ask the server about the model, before any row is claimed. Raises what the SDK raises."""

    @staticmethod
    def _limited() -> asyncio.Timeout:
        """Return the limit of one request's time as a whole; the SDK's time-outs are for each part of an answer."""
        return asyncio.timeout(_LONGEST_REQUEST_S)

    @property
    def _look_s(self) -> float:
        return min(self._timeout_s, _LONGEST_LOOK_S)

    async def _look_in_time(self) -> None:
        async with asyncio.timeout(self._look_s):
            await self._look()

    def _check_server(self) -> None:
        """Raise an EngineError where the server refuses the key or cannot be asked: no row is touched then."""
        try:
            self._calls.run(self._look_in_time())
        except (PermanentEngineError, TransientEngineError):
            self.close()
            raise
        except Exception as error:  # noqa: BLE001  # whatever an SDK raises
            self.close()
            failure = failure_of(error, timeout_s=self._look_s, key=self._key)
            kind = PermanentEngineError if failure.retry_after_s is None else TransientEngineError
            raise kind(failure.sentence) from None

    def _failure(self, error: Exception) -> Failure:
        return failure_of(error, timeout_s=self._timeout_s, key=self._key)

    async def _completed(self, request: Request) -> Completion:
        """Ask, and turn every failure into a completion: one that fails never fails the others."""
        started = time.perf_counter()
        try:
            completion = await self._ask(request)
        except RequestError as error:
            return Completion.failed(request.id, self._key.redacted(str(error)))
        except Exception as error:  # noqa: BLE001  # whatever an SDK raises
            return self._failed(request, self._failure(error), time.perf_counter() - started)
        return self._clean(replace(completion, latency_s=time.perf_counter() - started))

    def _failed(self, request: Request, failure: Failure, latency_s: float) -> Completion:
        """The completion of a failed request; the delay that a server asks for holds for all requests to it."""
        if failure.retry_after_s:
            self._not_before = max(self._not_before, time.monotonic() + failure.retry_after_s)
        return Completion.failed(
            request.id,
            failure.sentence,
            latency_s=latency_s,
            retry_after_s=failure.retry_after_s,
            access_refused=failure.access_refused,
        )

    def _clean(self, completion: Completion) -> Completion:
        """Take the key out of texts, which a server could send back, and learn the rate of tokens."""
        usage = completion.usage
        counted = completion.text if usage.reasoning_tokens is not None else completion.reasoning + completion.text
        if not completion.tool_calls:
            self._rate.learn(counted, usage.completion_tokens - (usage.reasoning_tokens or 0))
        return replace(
            completion,
            text=self._key.redacted(completion.text),
            reasoning=self._key.redacted(completion.reasoning),
            provider_turn=self._key.redacted(completion.provider_turn),
            tool_calls=tuple(self._clean_call(call) for call in completion.tool_calls),
            model=self._key.redacted(completion.model)[:_LONGEST_NAME],
            response_id=self._key.redacted(completion.response_id)[:_LONGEST_NAME],
        )

    def _clean_call(self, call: ToolCall) -> ToolCall:
        arguments = self._key.taken_out_of(dict(call.arguments))
        return ToolCall(self._key.redacted(call.name), arguments, self._key.redacted(call.id))
