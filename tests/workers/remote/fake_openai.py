"""A fake of chat completions, built from the SDK's own types: it plays what a test scripts and records what came."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice
from openai.types.completion_usage import CompletionTokensDetails, PromptTokensDetails
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.workers.remote.serving import served

KEY = "sk-fake-0123456789abcdef"


def chat(
    text: str | None = "A fig.",
    *,
    finish: Any = "stop",
    reasoning_tokens: int | None = None,
    cached_tokens: int | None = None,
    logprobs: Any = None,
    **message: Any,
) -> Response:
    """A response of chat completions; further fields go into its message, as servers add them."""
    built = ChatCompletion(
        id="chat-1",
        object="chat.completion",
        created=0,
        model="served-model",
        choices=[
            Choice(
                index=0,
                finish_reason=finish,
                logprobs=logprobs,
                message=ChatCompletionMessage.model_construct(role="assistant", content=text, **message),
            )
        ],
        usage=CompletionUsage(
            prompt_tokens=11,
            completion_tokens=7,
            total_tokens=18,
            completion_tokens_details=CompletionTokensDetails(reasoning_tokens=reasoning_tokens)
            if reasoning_tokens is not None
            else None,
            prompt_tokens_details=PromptTokensDetails(cached_tokens=cached_tokens)
            if cached_tokens is not None
            else None,
        ),
    )
    return Response(built.model_dump_json(exclude_none=True), media_type="application/json")


def error(status: int, message: str = "no", **headers: str) -> Response:
    return JSONResponse(
        {"error": {"message": message, "type": "error"}}, status, {k.replace("_", "-"): v for k, v in headers.items()}
    )


class Broken(Response):
    """A response whose connection ends half-way: it promises more bytes than it sends."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"id": "chat-1", "choi', "more_body": False})


@dataclass
class FakeOpenAI:
    """The server: `reply` makes the response to each body; `asked` has the bodies, `at_once` the most at a time."""

    url: str = ""
    reply: Callable[[dict[str, Any]], Response] = lambda body: chat()
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    delay_s: float = 0.0
    busy: int = 0
    at_once: int = 0
    models: Callable[[], Response] = lambda: JSONResponse({"object": "list", "data": []})

    async def completions(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return error(401, f"Incorrect API key provided: {request.headers.get('authorization')}")
        body = json.loads(await request.body())
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        self.times.append(time.monotonic())
        self.busy += 1
        self.at_once = max(self.at_once, self.busy)
        try:
            await asyncio.sleep(self.delay_s)
            return self.reply(body)
        finally:
            self.busy -= 1

    async def listed(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return error(401, f"Incorrect API key provided: {request.headers.get('authorization')}")
        return self.models()

    def serving(self, **settings: Any) -> dict[str, Any]:
        return {"base_url": f"{self.url}/v1", "api_key_env": "FAKE_KEY", **settings}


@contextmanager
def fake_openai() -> Iterator[FakeOpenAI]:
    fake = FakeOpenAI()
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", fake.completions, methods=["POST"]),
            Route("/v1/models", fake.listed),
        ]
    )
    with served(app) as url:
        fake.url = url
        yield fake
