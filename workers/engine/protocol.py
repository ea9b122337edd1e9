"""Backend protocol: requests go in, completions come out.

Owns `Request`, `Completion` and `Backend`. Knows no model, no strategy and no database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from annotator.sampling import Sampling

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "context_window", "refusal", "error"]
"""`stop`: the model ended its turn; `length`: cut at `max_new_tokens`; `context_window`: cut where the model's context
was full; `refusal`: declined by the model or its provider, which is an answer like any other; `error`: no completion,
see `Completion.error`."""
ReasoningKind = Literal["none", "raw", "summary", "omitted", "redacted"]
"""`raw`: the reasoning itself; `summary`: the provider's summary of it; `omitted` and `redacted`: the model reasoned,
and the provider returned nothing or only an encrypted block; `none`: no separate reasoning."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    `provider_turn` is a turn of the assistant in the provider's own form (`Completion.provider_turn`), which the same
    backend sends back unchanged in place of `content`. `call_id` names the tool call that a tool's message answers.
    """

    role: Role
    content: str
    provider_turn: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Thinking:
    """A setting of the model's own thinking; `budget_tokens` and `effort` are for backends that have them."""

    enabled: bool
    budget_tokens: int | None = None
    effort: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model requests; the reply is a message of the role `tool` with its `id`, "" where it has none."""

    name: str
    arguments: Mapping[str, Any]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One model call: a conversation for the model to continue. Without `thinking`, the model's default applies.

    Where the last message is the assistant's, the completion continues that turn; its text does not repeat it. Such a
    turn does not end in white space: chat templates trim it, and tokenizers join it to the next word. A backend that
    can lets the model end it only after a text that is not white space.

    With `choices` the model names one of these labels in one step. What a backend offers of both, and of `tools`, is in
    `annotator.backends`; a request for what a model or its chat template lacks fails alone.
    """

    id: str
    messages: tuple[Message, ...]
    sampling: Sampling
    thinking: Thinking | None = None
    choices: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()

    @property
    def continues(self) -> bool:
        """Whether the completion continues a turn that the request begins."""
        return bool(self.messages) and self.messages[-1].role == "assistant"


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one or several model calls; None where a backend does not report a count.

    `completion_tokens` includes `reasoning_tokens`, and `prompt_tokens` includes `cached_tokens`.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            _sum_of_known(self.reasoning_tokens, other.reasoning_tokens),
            _sum_of_known(self.cached_tokens, other.cached_tokens),
        )


def _sum_of_known(left: int | None, right: int | None) -> int | None:
    return right if left is None else left if right is None else left + right


@dataclass(frozen=True, slots=True)
class Completion:
    """The result of one request. With `finish_reason` "error", `error` is one sentence and `text` is empty.

    `reasoning` is what the backend returned separately; reasoning that a template asked for is part of `text`.
    `latency_s` is the time from the start of the request to its end, in seconds. `probabilities` has every label of
    `Request.choices` and sums to 1; the text is then the likeliest. It is None where the backend reads none. Tool calls
    are in `tool_calls` once they are valid; `text` keeps them as the model wrote them, for the next request.
    """

    request_id: str
    text: str
    finish_reason: FinishReason
    usage: Usage
    latency_s: float
    reasoning: str = ""
    reasoning_kind: ReasoningKind = "none"
    model: str = ""
    """The model that answered, as the provider names it; "" where it is the one that was loaded."""
    response_id: str = ""
    retry_after_s: float | None = None
    """Not None for a transient error: the same request may succeed after so many seconds; 0 if no time is known."""
    error: str = ""
    access_refused: bool = False
    """Whether the provider refuses the account, so that every other request would fail as well."""
    probabilities: Mapping[str, float] | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    provider_turn: str = ""
    """The turn as the provider's own JSON where a later request must repeat it: tool calls, signed thinking blocks."""

    def __post_init__(self) -> None:
        if self.reasoning and self.reasoning_kind not in ("raw", "summary"):
            raise ValueError(f"Reasoning is raw or a summary, not {self.reasoning_kind!r}.")

    @classmethod
    def failed(
        cls,
        request_id: str,
        error: str,
        *,
        latency_s: float = 0.0,
        retry_after_s: float | None = None,
        access_refused: bool = False,
    ) -> "Completion":
        """Return the completion of a request that failed; with `retry_after_s` the failure is transient."""
        return cls(
            request_id,
            "",
            "error",
            Usage(),
            latency_s,
            retry_after_s=retry_after_s,
            error=error,
            access_refused=access_refused,
        )

    @property
    def turn(self) -> Message:
        """The turn of the assistant with which a conversation goes on after this completion."""
        return Message("assistant", self.text, self.provider_turn)

    @property
    def cut_off(self) -> bool:
        """Whether the text ends where the tokens did."""
        return self.finish_reason in ("length", "context_window")

    @property
    def reasoned_separately(self) -> bool:
        """Whether the model reasoned outside of `text`, even if the provider does not return that reasoning."""
        return self.reasoning_kind != "none"

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.finish_reason == "error" and self.retry_after_s is not None


class Backend(Protocol):
    """A loaded language model that completes conversations."""

    batch_size: int
    """The number of requests that it works on at once."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion for each request, in completion order; pull `requests` when it can work on more.

        An iterator that has ended may have more once a completion was taken, or later. A failing request yields
        `finish_reason` "error" and never fails the others; one that may succeed later also has `retry_after_s`. Closing
        the iterator stops the work, and unfinished requests get no completion. Where a call may take hours, or a delay
        before one, so does `requests.stopped()` if there is such a method and it returns true. Raises EngineError when
        the backend as a whole fails.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """Return the number of this model's tokens in `text`, without special tokens."""
        ...

    def describe(self) -> dict[str, str]:
        """Return the environment: library versions, weights, device, dtype and hardware."""
        ...

    def close(self) -> None:
        """Free the backend's threads and device memory. It is not used again; a second call does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class SentBatch:
    """Requests that a provider answers as one, within hours: the id that it gave, and those of the requests."""

    id: str
    requests: tuple[str, ...]


class BatchLog(Protocol):
    """Keeps the batches that were sent, so that the next worker finds the answers that this one did not live to read.

    Its methods wait for a database and are called from threads.
    """

    def store(self, batch: SentBatch) -> None:
        """Keep a batch that was just sent, before anybody waits for it."""
        ...

    def take(self) -> Sequence[SentBatch]:
        """Return the kept batches that no other worker waits for; they are this one's from now on."""
        ...

    def answered(self, batch_id: str) -> None:
        """Note that every answer of this batch was handed out."""
        ...

    def forget(self, batch_id: str) -> None:
        """Drop a batch that the provider does not know."""
        ...


@runtime_checkable
class KeepsBatches(Protocol):
    """A backend that may send batches, and then keeps them in a log where it has one."""

    def log_batches(self, log: BatchLog | None) -> None: ...
