"""Anthropic's messages, streamed one by one or as message batches.

Owns the client and the request's fields; thinking is in `claude_thinking`, the form of messages in
`anthropic_messages`, batches in `message_batches`. No sampling parameter is sent: the version of the API that the SDK
speaks, 2026-10-21, refuses every one, and the provider samples as it likes.
"""

import importlib.metadata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import anthropic

from annotator.backends import BACKENDS
from annotator.network.client import http_client
from annotator.remote_backends import AnthropicOptions, AnthropicServing
from workers.engine.errors import PermanentEngineError
from workers.engine.protocol import BatchLog, Completion, Request
from workers.engine.remote.anthropic_messages import conversation, read_message
from workers.engine.remote.backend import RemoteBackend, RequestError
from workers.engine.remote.claude_thinking import known_capabilities, stated_capabilities, thinking_fields
from workers.engine.remote.failures import StreamClosedError
from workers.engine.remote.keys import read_key, sdk_variables_hidden
from workers.engine.remote.message_batches import MOST_REQUESTS, MOST_RESULT_BYTES, MessageBatches
from workers.engine.remote.reading import ValidationError

_WITHOUT_MODELS = (400, 404, 405, 501)
_UNREADABLE = (AttributeError, TypeError, LookupError)
_OWN_HOST = "api.anthropic.com"


class AnthropicBackend(RemoteBackend):
    """A model of Anthropic, or of a server that speaks its form."""

    def __init__(
        self, name: str, options: Mapping[str, Any], serving: Mapping[str, Any], private_hosts: Sequence[str]
    ) -> None:
        spec = BACKENDS["anthropic"]
        self._name = name
        self._options: AnthropicOptions = spec.read_options(options)
        self._serving: AnthropicServing = spec.read_serving(serving)
        self._known = known_capabilities(name)
        self._own = urlsplit(self._serving.base_url).hostname == _OWN_HOST
        at_once = MOST_REQUESTS if self._serving.batches else self._serving.concurrency
        key = read_key(self._serving.api_key_env)
        super().__init__(
            concurrency=at_once, timeout_s=self._serving.timeout_s, base_url=self._serving.base_url, key=key
        )
        older_form = {} if self._own else {"X-Api-Key": key.value}  # where servers of that form read the key
        with sdk_variables_hidden():
            self._client = anthropic.AsyncAnthropic(
                api_key=key.value,
                base_url=self._serving.base_url,
                default_headers=older_form,
                max_retries=0,
                timeout=self._serving.timeout_s,
                http_client=http_client(
                    timeout_s=self._serving.timeout_s,
                    concurrency=self._serving.concurrency,
                    private_hosts=private_hosts,
                    base_url=self._serving.base_url,
                    most_bytes=MOST_RESULT_BYTES if self._serving.batches else 0,
                ),
            )
        self._batches = MessageBatches(self._client, poll_s=self._serving.poll_s) if self._serving.batches else None
        self._check_server()

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        return self._complete(requests, cancel=self._batches is not None)

    def log_batches(self, log: BatchLog | None) -> None:
        """Keep the batches that are sent from now on in `log`, and read the answers of those that it has."""
        if self._batches:
            self._batches.log_in(log)

    def describe(self) -> dict[str, str]:
        return {
            "backend": "anthropic",
            "anthropic": importlib.metadata.version("anthropic"),
            **super().describe(),
            "sampling": "the provider's own",
            "thinking known from": self._known.source,
        }

    async def _close_client(self) -> None:
        await self._client.close()

    async def _look(self) -> None:
        """Ask what the model can. Raises PermanentEngineError for a retired or unknown one."""
        try:
            info = await self._client.models.retrieve(self._name)
        except anthropic.APIStatusError as error:
            if error.status_code in _WITHOUT_MODELS and not self._own:
                return  # a server that has no such question
            raise
        if getattr(info, "lifecycle", "") == "retired":
            retired_on = str(getattr(info, "retires_at", None) or "a day that it does not say")[:10]
            raise PermanentEngineError(
                f"{self._name}: its provider retired it on {retired_on}; register another model."
            )
        self._known = stated_capabilities(info) or self._known

    async def _ask(self, request: Request) -> Completion:
        arguments = self._arguments(request)
        if self._batches:
            message = await self._batches.ask(request.id, arguments)
        else:
            async with self._limited(), self._client.messages.stream(**arguments) as stream:
                message = await _final_message(stream)
        return read_message(request, message, name=self._name, summarized=self._name.startswith("claude-"))

    def _arguments(self, request: Request) -> dict[str, Any]:
        if request.continues:
            raise RequestError("This model offers no continued turns; choose another model or strategy.")
        thinking = thinking_fields(request.thinking, self._options, self._known)
        arguments: dict[str, Any] = {
            "model": self._name,
            "max_tokens": request.sampling.max_new_tokens + thinking.tokens,
            **conversation(request.messages, self._serving.cache),
            **thinking.fields,
        }
        if request.tools:
            arguments["tools"] = [
                {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
                for tool in request.tools
            ]
        return arguments


async def _final_message(stream: Any) -> Any:
    """Return the whole message. Raises StreamClosedError where the stream ended before it did."""
    try:
        message = await stream.get_final_message()
    except AssertionError:  # the SDK's, for a stream without a single event
        raise StreamClosedError from None
    except _UNREADABLE as error:  # an event without what the SDK takes for granted
        raise ValidationError("an event of the stream cannot be read") from error
    if message.stop_reason is None:
        raise StreamClosedError
    return message
