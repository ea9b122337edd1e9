"""Message batches: requests are collected, sent as one, and answered when the batch has ended.

Results come in any order and are told apart by `custom_id`, which is a hash of the request and of the row that it is
for. With a log a batch outlives its worker: the next one finds its answers by these ids, and sends only what no batch
has. Without one, a batch whose requests are all cancelled is cancelled at the provider.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any

import anthropic
from anthropic.types.messages import MessageBatchIndividualResponse

from annotator.canonical import canonical_json
from workers.engine.protocol import BatchLog, SentBatch
from workers.engine.remote.reading import ValidationError, read_text

MOST_REQUESTS = 1_000
"""The most requests in a batch: rows that one worker claims at once. The provider takes more."""
MOST_RESULT_BYTES = MOST_REQUESTS * 256 * 1024
"""The longest results of a batch that are read, line by line: those of `MOST_REQUESTS` answers of 64,000 tokens."""
_LONGEST_QUESTION_S = 300.0
"""The longest that sending a batch or asking for its state takes: a server may write its response byte by byte."""
_GONE = (400, 404, 410)
"""What a provider answers about a batch that it does not know, or not any more."""
COLLECT_S = 1.0
"""The time without a further request after which a batch is sent."""


class BatchFailedError(Exception):
    """A request that its batch did not answer; `status_code` is what the provider would have answered alone."""

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.message, self.status_code = message, status_code


_STATUS = {  # of a refused account a stored result says nothing now: its request goes into another batch
    "invalid_request_error": 400,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A request that waits for its answer."""

    arguments: dict[str, Any]
    answer: asyncio.Future[Any]


class MessageBatches:
    """The batches of one backend; all of it runs on the backend's event loop, and the calls of `log` on threads."""

    def __init__(self, client: anthropic.AsyncAnthropic, *, poll_s: float) -> None:
        self._client, self._poll_s = client, poll_s
        self.log: BatchLog | None = None
        self._collected: dict[str, _Waiting] = {}
        self._left: dict[str, list[str]] = {}
        """By the id of a request, the batches that have an answer to it which nobody waits for."""
        self._more = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    def log_in(self, log: BatchLog | None) -> None:
        """Keep batches in `log` from now on. What is left of earlier ones is in it, or of no use without."""
        self.log, self._left = log, {}

    async def ask(self, request_id: str, arguments: dict[str, Any]) -> Any:
        """Return the message that answers a request, once its batch has ended. Raises what the provider says."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        name = custom_id(request_id, arguments)
        while name in self._collected:  # nobody asks the same twice at once, and nobody may wait for ever if they do
            name = custom_id(name, arguments)
        self._collected[name] = _Waiting(arguments, answer)
        self._more.set()
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._collect())
        return await answer

    async def _collect(self) -> None:
        """Wait until no further request comes, and send what came."""
        while len(self._collected) < MOST_REQUESTS:
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), COLLECT_S)
            except TimeoutError:
                break
        collected, self._collected = self._collected, {}
        self._start(self._answer({name: row for name, row in collected.items() if not row.answer.done()}))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        running = asyncio.create_task(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _answer(self, waiting: dict[str, _Waiting]) -> None:
        """Read what batches of earlier workers have, and send the rest as one batch."""
        try:
            found = await self._in_earlier_batches(waiting)
        except Exception as error:  # noqa: BLE001  # whatever the database raises belongs to every request
            _fail(waiting, error)
            return
        for batch_id, rows in found.items():
            self._start(self._wait(batch_id, rows, earlier=True))
        fresh = {name: row for name, row in waiting.items() if not any(name in rows for rows in found.values())}
        if fresh:
            await self._send(fresh)

    async def _send(self, waiting: dict[str, _Waiting]) -> None:
        requests = [{"custom_id": name, "params": row.arguments} for name, row in waiting.items()]
        try:
            async with asyncio.timeout(_LONGEST_QUESTION_S):
                sent = await self._client.messages.batches.create(requests=requests)  # type: ignore[arg-type]
            batch_id = read_text(getattr(sent, "id", None))
            if not batch_id:
                raise ValidationError("a batch without an id")
            if self.log is not None:
                await asyncio.to_thread(self.log.store, SentBatch(batch_id, tuple(waiting)))
        except Exception as error:  # noqa: BLE001  # whatever the SDK raises belongs to every request
            _fail(waiting, error)
            return
        await self._wait(batch_id, waiting)

    async def _in_earlier_batches(self, waiting: dict[str, _Waiting]) -> dict[str, dict[str, _Waiting]]:
        """Return those of the requests that an earlier batch has an answer to, by that batch; each answer once."""
        for batch in await asyncio.to_thread(self.log.take) if self.log is not None else ():
            for name in batch.requests:
                self._left.setdefault(name, []).append(batch.id)
        found: dict[str, dict[str, _Waiting]] = {}
        for name, row in waiting.items():
            if batch_ids := self._left.pop(name, []):
                found.setdefault(batch_ids[0], {})[name] = row
                self._keep_for_later(name, batch_ids[1:])
        return found

    def _keep_for_later(self, name: str, batch_ids: list[str]) -> None:
        if batch_ids:
            self._left[name] = [*batch_ids, *self._left.get(name, ())]

    async def _wait(self, batch_id: str, waiting: dict[str, _Waiting], *, earlier: bool = False) -> None:
        """Wait for the end of a batch and hand out its results.

        A failure on the way fails the open requests, and whoever asks one of them again waits for this batch again.
        """
        log = self.log  # that of the session that waits: at its end it is taken away
        try:
            await self._end(batch_id, [row.answer for row in waiting.values()])
            await self._read_results(batch_id, waiting)
        except asyncio.CancelledError:
            if log is None:
                with contextlib.suppress(Exception):
                    await asyncio.shield(self._client.messages.batches.cancel(batch_id))
        except Exception as error:  # noqa: BLE001  # whatever the SDK raises
            open_rows = {name: row for name, row in waiting.items() if not row.answer.done()}
            if earlier and getattr(error, "status_code", None) in _GONE:
                await self._forget(batch_id)
                await self._send(open_rows)
                return
            for name in open_rows:
                self._keep_for_later(name, [batch_id])
            _fail(open_rows, error)
        else:
            _fail(waiting, BatchFailedError("the batch ended without an answer to this request", 500))
            if log is not None and not any(batch_id in batch_ids for batch_ids in self._left.values()):
                log.answered(batch_id)

    async def _read_results(self, batch_id: str, waiting: dict[str, _Waiting]) -> None:
        """Hand out the results. Raises ValidationError where lines that are none may hold more than the open requests.

        Then the batch is kept: a request whose own line is broken can only be sent again, and no other may be.
        """
        read = unreadable = 0
        results = await self._client.messages.batches.results(batch_id)
        async for line in _lines(results.http_response.aiter_bytes()):
            result = _result_of(line)
            read, unreadable = read + (result is not None), unreadable + (result is None)
            row = waiting.get(str(getattr(result, "custom_id", "")))
            if row is not None and not row.answer.done():
                _settle(row.answer, getattr(result, "result", None))
        left = sum(1 for row in waiting.values() if not row.answer.done())
        if left and unreadable and (left > unreadable or not read):
            raise ValidationError("results of a batch that cannot be read")

    async def _end(self, batch_id: str, answers: list[asyncio.Future[Any]]) -> None:
        """Return once the batch has ended. Raises CancelledError where nobody waits any more."""
        while await self._state(batch_id) != "ended":
            await asyncio.wait(answers, timeout=self._poll_s)
            if all(answer.done() for answer in answers):
                raise asyncio.CancelledError

    async def _state(self, batch_id: str) -> str:
        """Return the state of a batch. Raises ValidationError where the server answers with something else."""
        async with asyncio.timeout(_LONGEST_QUESTION_S):
            batch = await self._client.messages.batches.retrieve(batch_id)
        state: str | None = getattr(batch, "processing_status", None)
        if state is None:
            raise ValidationError("a batch without a state")
        return state

    async def _forget(self, batch_id: str) -> None:
        """Drop a batch that the provider does not know, or not any more."""
        left = {name: [one for one in batch_ids if one != batch_id] for name, batch_ids in self._left.items()}
        self._left = {name: batch_ids for name, batch_ids in left.items() if batch_ids}
        if self.log is not None:
            await asyncio.to_thread(self.log.forget, batch_id)


def custom_id(request_id: str, arguments: dict[str, Any]) -> str:
    """Return the id of a request in its batch: the same row that asks the same again has the same one."""
    return hashlib.sha256(canonical_json([request_id, arguments])).hexdigest()


async def _lines(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the lines of a response that are not blank; they end with a newline alone."""
    rest = bytearray()
    async for part in parts:
        rest += part
        if b"\n" in part:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                if line.strip():
                    yield bytes(line)
    if rest.strip():
        yield bytes(rest)


def _result_of(line: bytes) -> MessageBatchIndividualResponse | None:
    """Return the result that a line holds, None for a line that holds none."""
    try:
        value = json.loads(line)
        return MessageBatchIndividualResponse.construct(**value) if isinstance(value, dict) else None
    except (ValueError, TypeError, RecursionError):
        return None


def _fail(waiting: dict[str, _Waiting], error: Exception) -> None:
    for row in waiting.values():
        if not row.answer.done():
            row.answer.set_exception(error)


def _settle(answer: asyncio.Future[Any], result: Any) -> None:
    """Hand out one result. One that cannot be read fails alone, and its request is sent again."""
    try:
        _read(answer, result)
    except (AttributeError, TypeError):
        answer.set_exception(BatchFailedError("the result of this request cannot be read", 500))


def _read(answer: asyncio.Future[Any], result: Any) -> None:
    if result.type == "succeeded":
        answer.set_result(result.message)
        return
    if result.type == "errored":
        error = result.error.error
        answer.set_exception(BatchFailedError(str(error.message), _STATUS.get(error.type, 500)))
        return
    # expired after a day, or cancelled at the provider: it may be sent again
    answer.set_exception(BatchFailedError(f"the request was {result.type} with its batch", 503))
