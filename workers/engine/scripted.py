"""The scripted backend: replies by rule, or canned ones, at once and without a model.

A feature, not a test double: the whole product runs on it in a second. Its options and serving settings are described
in `annotator.backends`.

Precedence: failures, replies, rules, canned answers. A "token" is a word.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotator.backends import BACKENDS, ScriptedOptions, ScriptedRule, ScriptedServing
from workers.engine.canned_answers import canned_answer
from workers.engine.protocol import Completion, Request, Usage


class ScriptedBackend:
    """A backend that completes requests one after the other, in their order."""

    def __init__(self, options: Mapping[str, Any], serving: Mapping[str, Any] | None = None) -> None:
        spec = BACKENDS["scripted"]
        self._options: ScriptedOptions = spec.read_options(options)
        self._serving: ScriptedServing = spec.read_serving(serving or {})
        self._rules: list[ScriptedRule] = self._options.read_rules()
        self.batch_size = self._serving.batch_size

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
        message = request.messages[-1].content
        for text, sentence in self._options.failures.items():
            if text in message:
                return Completion.failed(request.id, sentence, latency_s=time.perf_counter() - started)
        words = re.findall(r"\S+\s*|^\s+", self._reply(message))
        generated = words[: request.sampling.max_new_tokens]
        return Completion(
            request_id=request.id,
            text="".join(generated),
            finish_reason="length" if len(generated) < len(words) else "stop",
            usage=Usage(sum(self.count_tokens(message.content) for message in request.messages), len(generated)),
            latency_s=time.perf_counter() - started,
        )

    def _reply(self, message: str) -> str:
        if message in self._options.replies:
            return self._options.replies[message]
        for rule in self._rules:
            if all(text in message for text in rule.contains):
                return rule.reply
        return canned_answer(message)
