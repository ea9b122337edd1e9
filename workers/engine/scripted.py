"""The scripted backend: replies by rule, or canned ones, at once and without a model.

A feature, not a test double: the whole product runs on it in a second. Its options and serving settings are described
in `annotator.backends`.

Precedence: failures, tool calls, replies, rules, canned answers. A "token" is a word. Where SCRIPTED_CALLS_FILE is set
in the worker's environment, each call appends a line to that file: process number and request id.
"""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotator.backends import BACKENDS, ScriptedOptions, ScriptedRule, ScriptedServing, ScriptedToolCall
from workers.engine.canned_answers import canned_answer, canned_continuation, canned_weight
from workers.engine.protocol import Completion, Request, ToolCall, Usage

_CERTAIN = 0.9
"""The probability of a label that is the reply to its message."""


class ScriptedBackend:
    """A backend that completes requests one after the other, in their order."""

    def __init__(self, options: Mapping[str, Any], serving: Mapping[str, Any] | None = None) -> None:
        spec = BACKENDS["scripted"]
        self._options: ScriptedOptions = spec.read_options(options)
        self._serving: ScriptedServing = spec.read_serving(serving or {})
        self._rules: list[ScriptedRule] = self._options.read_rules()
        self._calls: list[ScriptedToolCall] = self._options.read_tool_calls()
        self.batch_size = self._serving.batch_size
        self._calls_file = os.environ.get("SCRIPTED_CALLS_FILE", "")

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        return map(self._complete_one, requests)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def describe(self) -> dict[str, str]:
        return {"backend": "scripted", "device": "none"}

    def close(self) -> None:
        """Do nothing: there is nothing to free."""

    def _complete_one(self, request: Request) -> Completion:
        started = time.perf_counter()
        time.sleep(self._serving.delay_s)
        self._note_call(request)
        error = self._failure(request)
        if error:
            return Completion.failed(request.id, error, latency_s=time.perf_counter() - started)
        calls, probabilities = self._tool_calls(request), self._probabilities(request)
        reply = max(probabilities, key=probabilities.__getitem__) if probabilities else self._reply(request)
        text = "\n".join(map(_written, calls)) if calls else reply
        words = re.findall(r"\S+\s*|^\s+", text)
        generated = words if calls or probabilities else words[: request.sampling.max_new_tokens]
        return Completion(
            request_id=request.id,
            text="".join(generated),
            finish_reason="length" if len(generated) < len(words) else "stop",
            usage=Usage(sum(self.count_tokens(message.content) for message in request.messages), len(generated)),
            latency_s=time.perf_counter() - started,
            probabilities=probabilities or None,
            tool_calls=tuple(calls),
        )

    def _note_call(self, request: Request) -> None:
        """Append the call to the file of calls; one short write, which processes do not interleave."""
        if self._calls_file:
            with open(self._calls_file, "ab", buffering=0) as file:
                file.write(f"{os.getpid()}\t{request.id}\n".encode())

    def _failure(self, request: Request) -> str:
        for text, sentence in self._options.failures.items():
            if text in _message(request):
                return sentence
        wanted = {"continued turns": request.continues, "tools": bool(request.tools)}
        missing = next((ability for ability in self._options.lacks if wanted.get(ability)), "")
        return f"This model offers no {missing}; choose another model or strategy." if missing else ""

    def _reply(self, request: Request) -> str:
        scripted = self._scripted_reply(_message(request))
        if scripted is not None:
            return scripted
        if request.choices:
            return max(request.choices, key=lambda label: canned_weight(_message(request), label))
        if request.continues:
            return canned_continuation(_before(request), request.messages[-1].content)
        return canned_answer(_message(request))

    def _scripted_reply(self, message: str) -> str | None:
        if message in self._options.replies:
            return self._options.replies[message]
        return next((rule.reply for rule in self._rules if all(text in message for text in rule.contains)), None)

    def _probabilities(self, request: Request) -> dict[str, float]:
        """Return a probability for each label that is offered; none where none is, or where the model lacks them."""
        if not request.choices or "probabilities" in self._options.lacks:
            return {}
        message = _message(request)
        weights = {label: canned_weight(message, label) for label in request.choices}
        certain = (self._scripted_reply(message) or "").strip()
        if certain in request.choices and len(request.choices) > 1:
            rest = (1 - _CERTAIN) / (len(request.choices) - 1)
            weights = {label: _CERTAIN if label == certain else rest for label in request.choices}
        for text, by_label in self._options.probabilities.items():
            if text in message and any(by_label.get(label, 0) for label in request.choices):
                weights = {label: float(by_label.get(label, 0)) for label in request.choices}
                break
        total = sum(weights.values())
        return {label: weight / total for label, weight in weights.items()}

    def _tool_calls(self, request: Request) -> list[ToolCall]:
        offered, message = {tool.name for tool in request.tools}, _message(request)
        for call in self._calls:
            if call.name in offered and all(text in message for text in call.contains):
                return [ToolCall(call.name, call.arguments)]
        return []


def _message(request: Request) -> str:
    """The text that rules look at: the last message, and the one before a turn that the request begins."""
    last = request.messages[-1].content
    return f"{_before(request)}\n\n{last}" if request.continues else last


def _before(request: Request) -> str:
    return request.messages[-2].content if len(request.messages) > 1 else ""


def _written(call: ToolCall) -> str:
    arguments = json.dumps({"name": call.name, "arguments": dict(call.arguments)}, ensure_ascii=False)
    return f"<tool_call>\n{arguments}\n</tool_call>"
