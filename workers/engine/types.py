"""What goes into a backend and what comes out: plain values. Knows no model, no strategy and no database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from workers.engine.errors import PermanentEngineError
from workers.engine.options import read_options

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen: greedy unless `temperature` is above 0. The seed is the request's, not its batch's."""

    max_new_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _in_range("max_new_tokens", self.max_new_tokens, self.max_new_tokens >= 1, "1 or more")
        _in_range("temperature", self.temperature, 0 <= self.temperature <= 10, "between 0 (greedy) and 10")
        _in_range("top_p", self.top_p, 0 < self.top_p <= 1, "above 0 and at most 1")
        _in_range("seed", self.seed, 0 <= self.seed < 2**63, "0 or more and below 2**63")

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Sampling":
        """Read a stored JSON object; an unknown field, a wrong type or a bad range is a `PermanentEngineError`."""
        return read_options(cls, value, where="sampling")


@dataclass(frozen=True, slots=True)
class Request:
    """One model call: a conversation that the model is to continue."""

    id: str
    messages: tuple[Message, ...]
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Completion:
    """What one request came to. With `finish_reason` "error", `error` is one sentence and `text` is empty."""

    request_id: str
    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    latency_s: float
    error: str = ""

    @classmethod
    def failed(cls, request_id: str, error: str, *, latency_s: float = 0.0) -> "Completion":
        """The completion of a request that fails alone."""
        return cls(request_id, "", "error", 0, 0, latency_s, error)


class Backend(Protocol):
    """Messages in, completions out."""

    batch_size: int
    """How many requests keep it busy."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion for each request, in completion order, pulling `requests` as there is room for more.

        A failing request yields `finish_reason` "error" and never kills the others. Closing the iterator stops the
        work; what is unfinished then is lost.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens of this model `text` is, without special tokens."""
        ...

    def describe(self) -> dict[str, str]:
        """Library versions, device, dtype and hardware, to be stored with every generation."""
        ...


def _in_range(name: str, value: float, ok: bool, allowed: str) -> None:
    if not ok:
        raise PermanentEngineError(f"sampling: {name} must be {allowed}, not {value!r}.")
