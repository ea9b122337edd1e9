"""A fake of Anthropic's messages, built from the SDK's own types: streams, batches, capabilities, failures."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from anthropic.types import Message, ModelInfo, Usage
from anthropic.types.messages import MessageBatch
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.workers.remote.serving import served

KEY = "sk-ant-fake-0123456789"
SUPPORTED, NOT = {"supported": True}, {"supported": False}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def thinking(value: str, signature: str = "c2lnbmVk") -> dict[str, Any]:
    return {"type": "thinking", "thinking": value, "signature": signature}


def message(
    *content: dict[str, Any], stop: Any = "end_turn", thinking_tokens: int | None = None, **usage: Any
) -> Message:
    """A message of the provider; `usage` overrides its token counts."""
    counts: dict[str, Any] = {"input_tokens": 9, "output_tokens": 12, **usage}
    if thinking_tokens is not None:
        counts["output_tokens_details"] = {"thinking_tokens": thinking_tokens}
    return Message(
        id="msg-1",
        type="message",
        role="assistant",
        model="claude-served",
        content=list(content) or [text("A fig.")],  # type: ignore[arg-type]  # pydantic reads the blocks
        stop_reason=stop,
        stop_sequence=None,
        usage=Usage.model_validate(counts),
    )


def capabilities(types: Sequence[str], efforts: Sequence[str] = (), lifecycle: str = "active") -> dict[str, Any]:
    """What the provider says of a model that accepts these types of thinking and efforts."""
    names = ("batch", "citations", "code_execution", "image_input", "pdf_input", "structured_outputs")
    known = ("adaptive", "between_tools", "disabled", "enabled")
    thinking = {name: SUPPORTED if name in types else NOT for name in known}
    levels = ("low", "medium", "high", "xhigh", "max")
    info = {
        "id": "claude-x",
        "type": "model",
        "display_name": "X",
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": lifecycle,
        "retires_at": "2026-06-15T00:00:00Z",
        "capabilities": {
            **dict.fromkeys(names, SUPPORTED),
            "thinking": {"supported": bool(types), "types": thinking},
            "effort": {"supported": bool(efforts), **{name: {"supported": name in efforts} for name in levels}},
            "context_management": {"supported": False},
            "server_tools": {"supported": False},
        },
    }
    ModelInfo.model_construct(**info)
    return info


def refused(status: int, kind: str, sentence: str = "no", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"type": "error", "error": {"type": kind, "message": sentence}}, status, named)


def streamed(built: Message, *, until: int | None = None) -> Response:
    """The events of a message; only the first `until` of them where a stream breaks off."""
    events = list(_events(built))[:until]
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return Response(body, media_type="text/event-stream")


def _events(built: Message) -> Iterator[dict[str, Any]]:
    whole = built.model_dump(mode="json", exclude_none=True)
    start = {**whole, "content": [], "stop_reason": None, "stop_sequence": None}
    yield {"type": "message_start", "message": {**start, "usage": {**whole["usage"], "output_tokens": 1}}}
    for index, block in enumerate(whole["content"]):
        yield from _block_events(index, block)
    ended = {"stop_reason": whole.get("stop_reason"), "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": whole["usage"]}
    yield {"type": "message_stop"}


def _block_events(index: int, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    begun = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}
    yield {"type": "content_block_start", "index": index, "content_block": {**block, **begun.get(block["type"], {})}}
    deltas = {
        "text": [{"type": "text_delta", "text": block.get("text")}],
        "thinking": [
            {"type": "thinking_delta", "thinking": block.get("thinking")},
            {"type": "signature_delta", "signature": block.get("signature")},
        ],
        "tool_use": [{"type": "input_json_delta", "partial_json": json.dumps(block.get("input"))}],
    }
    for delta in deltas.get(block["type"], []):
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


@dataclass
class FakeAnthropic:
    """The server: `reply` makes the message or response to each body; `asked` and `batches` have what came."""

    url: str = ""
    reply: Callable[[dict[str, Any]], Message | Response] = lambda body: message()
    model: Callable[[], Response] = lambda: JSONResponse(capabilities(("adaptive", "disabled"), ("low", "high")))
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    polls_until_ended: int = 2
    polls: int = 0
    poll_trouble: Callable[[], int | None] = lambda: None
    batch_result: Callable[[dict[str, Any]], Any] | None = None
    results_url: str = ""
    broken_results: Callable[[list[str]], list[str]] = lambda lines: lines

    async def messages(self, request: Request) -> Response:
        if wrong := self._wrong_key(request):
            return wrong
        body = json.loads(await request.body())
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        reply = self.reply(body)
        return reply if isinstance(reply, Response) else streamed(reply)

    async def retrieve(self, request: Request) -> Response:
        return self._wrong_key(request) or self.model()

    async def batch(self, request: Request) -> Response:
        self.batches.append(json.loads(await request.body())["requests"])
        self.polls = 0
        return self._batch(f"batch-{len(self.batches)}", "in_progress")

    async def poll(self, request: Request) -> Response:
        self.polls += 1
        batch_id = request.path_params["id"]
        if status := self.poll_trouble():
            return refused(status, "api_error")
        if self._requests(batch_id) is None:
            return refused(404, "not_found_error", "no such batch")
        return self._batch(batch_id, "ended" if self.polls >= self.polls_until_ended else "in_progress")

    async def cancel(self, request: Request) -> Response:
        self.cancelled.append(request.path_params["id"])
        return self._batch(request.path_params["id"], "canceling")

    async def results(self, request: Request) -> Response:
        requests = self._requests(request.path_params["id"]) or []
        rows = [{"custom_id": row["custom_id"], "result": self._result(row)} for row in reversed(requests)]
        lines = self.broken_results([json.dumps(row, ensure_ascii=False) for row in rows])
        return Response("".join(f"{line}\n" for line in lines), media_type="application/x-jsonl")

    def serving(self, **settings: Any) -> dict[str, Any]:
        return {"base_url": self.url, "api_key_env": "FAKE_KEY", "poll_s": 0.05, **settings}

    def _result(self, row: dict[str, Any]) -> Any:
        if self.batch_result:
            return self.batch_result(row)
        reply = self.reply(row["params"])
        assert isinstance(reply, Message)
        return {"type": "succeeded", "message": reply.model_dump(mode="json", exclude_none=True)}

    def _requests(self, batch_id: str) -> list[dict[str, Any]] | None:
        number = int(batch_id.removeprefix("batch-"))
        return self.batches[number - 1] if 0 < number <= len(self.batches) else None

    def _batch(self, batch_id: str, status: Any) -> Response:
        built = MessageBatch.model_validate(
            {
                "id": batch_id,
                "type": "message_batch",
                "created_at": "2026-12-01T00:00:00Z",
                "expires_at": "2026-12-02T00:00:00Z",
                "processing_status": status,
                "request_counts": {"canceled": 0, "errored": 0, "expired": 0, "processing": 0, "succeeded": 0},
                "results_url": (self.results_url or f"{self.url}/v1/messages/batches/{batch_id}/results")
                if status == "ended"
                else None,
            }
        )
        return Response(built.model_dump_json(), media_type="application/json")

    def _wrong_key(self, request: Request) -> Response | None:
        sent = request.headers.get("authorization")
        return None if sent == f"Bearer {KEY}" else refused(401, "authentication_error", f"invalid key: {sent}")


@contextmanager
def fake_anthropic() -> Iterator[FakeAnthropic]:
    fake = FakeAnthropic()
    batches = "/v1/messages/batches"
    app = Starlette(
        routes=[
            Route("/v1/messages", fake.messages, methods=["POST"]),
            Route("/v1/models/{id}", fake.retrieve),
            Route(batches, fake.batch, methods=["POST"]),
            Route(f"{batches}/{{id}}", fake.poll),
            Route(f"{batches}/{{id}}/cancel", fake.cancel, methods=["POST"]),
            Route(f"{batches}/{{id}}/results", fake.results),
        ]
    )
    with served(app) as url:
        fake.url = url
        yield fake
