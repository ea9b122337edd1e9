"""Chat completions of any compatible server: vLLM, SGLang, transformers serve, DeepSeek, OpenAI.

Owns the request's fields and the reading of the answer. Servers differ: what one can is an option of the model
(`annotator.remote_backends`), and reasoning is read under either of its two names. Reasoning that was requested and did
not come has the kind `none`, or `omitted` where the server counts its tokens and keeps its text.
"""

import importlib.metadata
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from annotator.backends import BACKENDS
from annotator.local_options import THINKING_SWITCHES
from annotator.network.client import http_client
from annotator.remote_backends import CONTINUED, PROBABILITIES, TOOLS, OpenAIOptions, OpenAIServing
from workers.engine.protocol import Completion, FinishReason, Message, Request, Thinking, ToolCall, Usage
from workers.engine.remote.backend import RemoteBackend, RequestError
from workers.engine.remote.failures import ErrorBodyError
from workers.engine.remote.keys import read_key, sdk_variables_hidden
from workers.engine.remote.reading import ValidationError, read_arguments, read_count, read_known_count, read_text

_FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "length": "length",
    "content_filter": "refusal",
}
_TOP_LOGPROBS = 20  # the most that OpenAI gives, and vLLM by default
_REFUSED_KEY = (401, 403)
_UNAVAILABLE = (502, 503, 504)


class OpenAIBackend(RemoteBackend):
    """A model behind chat completions."""

    def __init__(
        self, name: str, options: Mapping[str, Any], serving: Mapping[str, Any], private_hosts: Sequence[str]
    ) -> None:
        spec = BACKENDS["openai"]
        self._name = name
        self._options: OpenAIOptions = spec.read_options(options)
        settings: OpenAIServing = spec.read_serving(serving)
        key = read_key(settings.api_key_env)
        super().__init__(
            concurrency=settings.concurrency, timeout_s=settings.timeout_s, base_url=settings.base_url, key=key
        )
        with sdk_variables_hidden():
            self._client = openai.AsyncOpenAI(
                api_key=key.value,
                base_url=settings.base_url,
                max_retries=0,
                timeout=settings.timeout_s,
                http_client=http_client(
                    timeout_s=settings.timeout_s,
                    concurrency=settings.concurrency,
                    private_hosts=private_hosts,
                    base_url=settings.base_url,
                ),
            )
        self._check_server()

    def describe(self) -> dict[str, str]:
        return {"backend": "openai", "openai": importlib.metadata.version("openai"), **super().describe()}

    async def _close_client(self) -> None:
        await self._client.close()

    async def _look(self) -> None:
        """Ask for the list of models, which shows whether the server is there and takes the key.

        A 502, 503 or 504 says that it is not there now. What else it answers decides nothing: some servers have no
        list, and `transformers serve` fails to make one where the hub's cache is missing.
        """
        try:
            await self._client.models.list()
        except openai.APIStatusError as error:
            if error.status_code in (*_REFUSED_KEY, *_UNAVAILABLE):
                raise
        except (AttributeError, TypeError, LookupError) as error:  # the SDK builds its objects without a check
            raise ValidationError(str(error)) from error

    async def _ask(self, request: Request) -> Completion:
        async with self._limited():
            response = await self._client.chat.completions.create(**self._arguments(request))
        try:
            return self._read(request, response)
        except (AttributeError, TypeError, LookupError) as error:  # the SDK builds its objects without a check
            raise ValidationError(str(error)) from error

    def _arguments(self, request: Request) -> dict[str, Any]:
        self._refuse_lacking(request)
        options = self._options
        thinking = _wanted(request.thinking, options.enable_thinking)
        on = thinking is not None and thinking.enabled
        budget = (thinking.budget_tokens or options.budget_tokens) if thinking and on else 0
        tokens = request.sampling.max_new_tokens + budget
        arguments: dict[str, Any] = {
            "model": self._name,
            "messages": [_message(message) for message in request.messages],
            options.token_limit: tokens,
        }
        if options.sampling:
            arguments |= {"temperature": request.sampling.temperature, "top_p": request.sampling.top_p}
            if request.sampling.temperature:
                arguments["seed"] = request.sampling.seed
        if request.tools:
            arguments["tools"] = [
                {
                    "type": "function",
                    "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
                }
                for tool in request.tools
            ]
        if request.choices and PROBABILITIES in options.offers:
            arguments |= {"logprobs": True, "top_logprobs": _TOP_LOGPROBS, options.token_limit: 1}
        if effort := self._effort(thinking):
            arguments["reasoning_effort"] = effort
        extra = self._extra_body(request, thinking, budget)
        return {**arguments, "extra_body": extra} if extra else arguments

    def _refuse_lacking(self, request: Request) -> None:
        wanted = {CONTINUED: request.continues, TOOLS: bool(request.tools)}
        for ability, needed in wanted.items():
            if needed and ability not in self._options.offers:
                raise RequestError(f"This model offers no {ability}; choose another model or strategy.")
        switched_off = request.thinking is not None and not request.thinking.enabled
        if switched_off and self._options.thinking_switch == "always":
            raise RequestError("This model's thinking cannot be switched off; choose another model or strategy.")

    def _effort(self, thinking: Thinking | None) -> str:
        switch = self._options.thinking_switch == "reasoning_effort"
        if thinking is None:
            return self._options.effort if switch else ""
        if thinking.enabled:
            return thinking.effort or self._options.effort or ("medium" if switch else "")
        return self._options.effort_off if switch else ""

    def _extra_body(self, request: Request, thinking: Thinking | None, budget: int) -> dict[str, Any]:
        """Return the fields that OpenAI's own API does not have."""
        extra: dict[str, Any] = {}
        template = dict(self._options.chat_template_kwargs)
        if thinking is not None and self._options.thinking_switch in THINKING_SWITCHES:
            template[self._options.thinking_switch] = thinking.enabled
        if template:
            extra["chat_template_kwargs"] = template
        if budget:
            extra["thinking_token_budget"] = budget
        if request.continues:
            extra |= {"continue_final_message": True, "add_generation_prompt": False}
        return extra

    def _read(self, request: Request, response: ChatCompletion) -> Completion:
        if not getattr(response, "choices", None):
            if body := getattr(response, "error", None):
                raise ErrorBodyError(body)
            raise ValidationError("no choices")
        choice = response.choices[0]
        message = choice.message
        reasoning = _reasoning(message)
        usage = _usage(response)
        refused = getattr(message, "refusal", None)
        calls = _tool_calls(message)
        finish = _FINISH.get(read_text(choice.finish_reason))
        if finish is None:
            raise ValidationError(f"the finish reason {choice.finish_reason!r:.40}")
        probabilities = _probabilities(request.choices, choice)
        text = read_text(message.content) or read_text(refused)
        likeliest = max(probabilities, key=probabilities.__getitem__) if probabilities else ""
        return Completion(
            request_id=request.id,
            text=likeliest or text,
            finish_reason="stop" if likeliest else "refusal" if refused else finish,
            usage=usage,
            latency_s=0.0,
            reasoning=reasoning,
            reasoning_kind="raw" if reasoning else "omitted" if usage.reasoning_tokens else "none",
            model="" if response.model == self._name else str(response.model or ""),
            response_id=str(response.id or ""),
            probabilities=probabilities or None,
            tool_calls=tuple(calls),
            provider_turn=_provider_turn(message) if message.tool_calls else "",
        )


def _wanted(thinking: Thinking | None, default: bool | None) -> Thinking | None:
    return thinking if thinking is not None or default is None else Thinking(enabled=default)


def _message(message: Message) -> dict[str, Any]:
    if message.provider_turn:
        turn: dict[str, Any] = json.loads(message.provider_turn)
        return turn
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.content}
    return {"role": message.role, "content": message.content}


def _provider_turn(message: Any) -> str:
    """A turn with tool calls, as the next request repeats it; what it thought goes back under the name it came by."""
    turn = {"role": "assistant", "content": message.content or "", "tool_calls": _plain(message.tool_calls)}
    for name in ("reasoning", "reasoning_content"):
        if isinstance(value := getattr(message, name, None), str) and value:
            turn[name] = value
    return read_text(json.dumps(turn, ensure_ascii=False))


def _plain(calls: Any) -> list[Any]:
    return [call.model_dump(exclude_none=True) for call in calls]


def _reasoning(message: Any) -> str:
    """What the model thought: vLLM's `reasoning`, or `reasoning_content` of DeepSeek, SGLang and transformers serve."""
    for name in ("reasoning", "reasoning_content"):
        value = getattr(message, name, None)
        if isinstance(value, str) and value.strip():
            return read_text(value)
    return ""


def _usage(response: ChatCompletion) -> Usage:
    """Return the counts that the server states, whatever form they have: an answer is not lost for a bad count."""
    usage = getattr(response, "usage", None)
    completion, prompt = (getattr(usage, f"{part}_tokens_details", None) for part in ("completion", "prompt"))
    return Usage(
        read_count(getattr(usage, "prompt_tokens", None)),
        read_count(getattr(usage, "completion_tokens", None)),
        read_known_count(getattr(completion, "reasoning_tokens", None)),
        read_known_count(getattr(prompt, "cached_tokens", None)),
    )


def _tool_calls(message: Any) -> list[ToolCall]:
    """The calls whose arguments are a JSON object; another one is left to the text, as the model wrote it."""
    found = []
    for call in message.tool_calls or ():
        try:
            arguments = json.loads(call.function.arguments or "{}")
        except (AttributeError, TypeError, ValueError, RecursionError):
            arguments = {}
        name = getattr(getattr(call, "function", None), "name", "")
        found.append(ToolCall(read_text(str(name)), read_arguments(arguments), read_text(str(call.id or ""))))
    return found


def _probabilities(labels: Sequence[str], choice: Any) -> dict[str, float]:
    """The probability of each label by the first token: the sum of the tokens with which this label alone begins."""
    content = getattr(choice.logprobs, "content", None) if labels and choice.logprobs else None
    if not content:
        return {}
    weights = dict.fromkeys(labels, 0.0)
    for token in content[0].top_logprobs:
        begun = [label for label in labels if token.token.strip() and label.startswith(token.token.strip())]
        if len(begun) == 1:
            weights[begun[0]] += math.exp(min(token.logprob, 0.0))
    total = sum(weights.values())
    return {label: weight / total for label, weight in weights.items()} if total > 0 else {}
