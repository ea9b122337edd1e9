"""The strategy protocol: a generator that yields asks, receives completions and returns an outcome.

Owns `Item`, `Ask`, `Outcome` and `Strategy`. Knows nothing of batches, jobs or models: a two-step strategy is as short
as a one-step one.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from annotator.strategies import StrategySpec
from workers.engine import Completion, Message, ReasoningKind, Thinking


@dataclass(frozen=True, slots=True)
class ItemConstraint:
    """One constraint of a prompt; `span` is the [start, end) of the prompt that states it, where that is known."""

    kind: str
    kwargs: Mapping[str, Any]
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt, with its constraints where the strategy's spec says `reads_constraints`."""

    prompt: str
    constraints: tuple[ItemConstraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """One model call that a strategy wants made.

    `sampling` overrides single fields of the run's sampling parameters: a yes-or-no step needs few tokens and no
    temperature. `step` names the call in the records of the generation.
    """

    messages: tuple[Message, ...]
    step: str = "answer"
    sampling: Mapping[str, Any] = field(default_factory=dict)
    thinking: Thinking | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a strategy on one prompt: the whole completion and its two parts.

    `split_status` says how the parts were found: clean, missing_marker, repeated_marker, truncated or empty.
    """

    completion: str
    reasoning: str
    answer: str
    split_status: str
    finish_reason: str
    reasoning_kind: ReasoningKind = "none"


class Strategy(Protocol):
    """How the answer is asked for. Built from the run's frozen parameters; one instance serves any number of items."""

    @property
    def spec(self) -> StrategySpec: ...

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        """Begin on one prompt. A completion that failed is never sent in: the driver fails the job instead."""
        ...
