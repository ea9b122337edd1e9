"""The scripted backend: replies by rule, or canned ones, at once and without a model.

A feature, not a test double: the whole product runs on it in a second. Options that change the text, all optional:

    replies      {"exact text of the last message": "reply"}
    rules        [{"contains": ["a", "b"], "reply": "..."}]: the first rule whose every text occurs in the last message
    failures     {"text": "sentence"}: a request whose last message contains the text fails alone with the sentence

Serving settings:

    delay_s      the time that every request takes, in seconds
    batch_size   the number of requests that it takes at once

Precedence: failures, replies, rules, canned answers. A "token" is a word.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.options import read_options
from workers.engine.canned_answers import canned_answer
from workers.engine.errors import PermanentEngineError
from workers.engine.protocol import Completion, Request, Usage


@dataclass(frozen=True, slots=True)
class Rule:
    """The reply to every message that contains all of `contains`."""

    contains: list[str]
    reply: str


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """The options of the module docstring."""

    replies: Mapping[str, str] = field(default_factory=dict)
    rules: list[Mapping[str, Any]] = field(default_factory=list)
    failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScriptedServing:
    """The serving settings of the module docstring."""

    delay_s: float = 0.0
    batch_size: int = 8

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.delay_s < 0:
            raise PermanentEngineError("scripted: batch_size must be 1 or more, and delay_s 0 or more.")


class ScriptedBackend:
    """A backend that completes requests one after the other, in their order."""

    def __init__(self, options: Mapping[str, Any], serving: Mapping[str, Any] | None = None) -> None:
        self._options = read_options(ScriptedOptions, options, where="scripted")
        self._serving = read_options(ScriptedServing, serving or {}, where="scripted: serving")
        self._rules = [read_options(Rule, rule, where="scripted: rules") for rule in self._options.rules]
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
