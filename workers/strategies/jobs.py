"""Jobs of the driver: an item for a strategy, the records of its model calls, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass

from workers.engine import (
    Completion,
    FinishReason,
    Message,
    ReasoningKind,
    Sampling,
    Thinking,
    Tool,
    ToolCall,
    Usage,
)
from workers.strategies.protocol import Ask, Item, Outcome, Strategy


@dataclass(frozen=True, slots=True)
class Job:
    """One item for one strategy. Ids are unique among the jobs of one `drive`."""

    id: str
    item: Item
    strategy: Strategy
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Call:
    """The record of one model call, failed ones included, numbered from 1 within its job."""

    number: int
    step: str
    messages: tuple[Message, ...]
    thinking: Thinking | None
    tools: tuple[Tool, ...]
    text: str
    reasoning: str
    reasoning_kind: ReasoningKind
    usage: Usage
    finish_reason: FinishReason
    latency_s: float
    model: str
    response_id: str
    error: str
    sampling: Sampling
    probabilities: Mapping[str, float] | None
    tool_calls: tuple[ToolCall, ...]

    @classmethod
    def of(cls, number: int, ask: Ask, sampling: Sampling, completion: Completion) -> "Call":
        return cls(
            number=number,
            step=ask.step,
            messages=ask.messages,
            thinking=ask.thinking,
            tools=ask.tools,
            text=completion.text,
            reasoning=completion.reasoning,
            reasoning_kind=completion.reasoning_kind,
            usage=completion.usage,
            finish_reason=completion.finish_reason,
            latency_s=completion.latency_s,
            model=completion.model,
            response_id=completion.response_id,
            error=completion.error,
            sampling=sampling,
            probabilities=completion.probabilities,
            tool_calls=completion.tool_calls,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a job: an outcome, or None and an `error` of one sentence; and its model calls."""

    job_id: str
    outcome: Outcome | None
    calls: list[Call]
    error: str

    @property
    def latency_s(self) -> float:
        """The time in model calls, failed ones included, in seconds; time between them does not count."""
        return sum(call.latency_s for call in self.calls)

    @property
    def usage(self) -> Usage:
        """The token counts of all model calls together."""
        return sum((call.usage for call in self.calls), Usage())
