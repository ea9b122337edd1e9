"""Message batches: requests are collected, sent as one, and answered when the batch has ended.

Results come in any order and are told apart by `custom_id`. A request that is cancelled with all others of its batch
cancels the batch at the provider.
"""

import asyncio
import contextlib
from typing import Any

import anthropic

MOST_REQUESTS = 1_000
"""The most requests in a batch: rows that one worker claims at once. The provider takes more."""
COLLECT_S = 1.0
"""The time without a further request after which a batch is sent."""


class BatchFailedError(Exception):
    """A request that its batch did not answer; `status_code` is what the provider would have answered alone."""

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.message, self.status_code = message, status_code


_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}


class MessageBatches:
    """The batches of one backend; all of it runs on the backend's event loop."""

    def __init__(self, client: anthropic.AsyncAnthropic, *, poll_s: float) -> None:
        self._client, self._poll_s = client, poll_s
        self._collected: list[tuple[dict[str, Any], asyncio.Future[Any]]] = []
        self._more = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, arguments: dict[str, Any]) -> Any:
        """Return the message that answers a request, once its batch has ended. Raises what the provider says."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._collected.append((arguments, answer))
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
        batch, self._collected = self._collected, []
        running = asyncio.create_task(self._run([row for row in batch if not row[1].done()]))
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _run(self, batch: list[tuple[dict[str, Any], asyncio.Future[Any]]]) -> None:
        """Send a batch, wait for its end and hand out its results; a failure of all of it fails each request."""
        answers = {f"request-{number}": answer for number, (_, answer) in enumerate(batch)}
        try:
            requests = [
                {"custom_id": name, "params": arguments} for name, (arguments, _) in zip(answers, batch, strict=True)
            ]
            await self._answer(requests, answers)
        except Exception as error:  # noqa: BLE001  # whatever the SDK raises belongs to every request
            for answer in answers.values():
                if not answer.done():
                    answer.set_exception(error)
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(BatchFailedError("the batch ended without an answer to this request", 500))

    async def _answer(self, requests: list[dict[str, Any]], answers: dict[str, asyncio.Future[Any]]) -> None:
        if not requests:
            return
        sent = await self._client.messages.batches.create(requests=requests)  # type: ignore[arg-type]  # built above
        try:
            while (await self._client.messages.batches.retrieve(sent.id)).processing_status != "ended":
                await asyncio.wait(list(answers.values()), timeout=self._poll_s)
                if all(answer.done() for answer in answers.values()):  # nobody waits any more
                    raise asyncio.CancelledError
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await asyncio.shield(self._client.messages.batches.cancel(sent.id))
            return
        async for row in await self._client.messages.batches.results(sent.id):
            answer = answers.get(row.custom_id)
            if answer is not None and not answer.done():
                _settle(answer, row.result)


def _settle(answer: asyncio.Future[Any], result: Any) -> None:
    if result.type == "succeeded":
        answer.set_result(result.message)
        return
    if result.type == "errored":
        error = result.error.error
        answer.set_exception(BatchFailedError(str(error.message), _STATUS.get(error.type, 500)))
        return
    # expired after a day, or cancelled at the provider: it may be sent again
    answer.set_exception(BatchFailedError(f"the request was {result.type} with its batch", 503))
