"""What goes into a backend and what comes out: plain values. Knows no model, no strategy and no database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from annotator.sampling import Sampling

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


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
