"""Strategy protocol: a generator yields asks, receives completions and returns an outcome.

Owns `Item`, `Ask`, `Outcome` and `Strategy`. Knows no batches, jobs or models, so that a strategy of two steps is two
`yield`s.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from annotator.strategies import StrategySpec
from workers.engine import Completion, Message, ReasoningKind, Thinking, Tool, Usage


@dataclass(frozen=True, slots=True)
class ItemConstraint:
    """One constraint of a prompt, on its `scope`: the answer or the reasoning.

    `span` is the [start, end) of the prompt's text that states it, None if unknown.
    """

    kind: str
    kwargs: Mapping[str, Any]
    span: tuple[int, int] | None = None
    scope: str = "answer"


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt, with its constraints where the strategy's spec says `reads_constraints`."""

    prompt: str
    constraints: tuple[ItemConstraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A model call that a strategy requests.

    `step` names the call in the generation's records. `sampling` overrides single fields of the run's sampling: a step
    that answers yes or no needs few tokens and no temperature. Where the call `may_fail`, the strategy receives a
    failed completion too, once no retry is left; else the job fails.
    """

    messages: tuple[Message, ...]
    step: str = "answer"
    sampling: Mapping[str, Any] = field(default_factory=dict)
    thinking: Thinking | None = None
    choices: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A strategy's decision on one prompt: `chose` is a strategy's name or the step whose text was taken.

    `probability` is that of reasoning, and `threshold` the value from which the strategy reasons; None where the
    decision has none. `by` names what decided: the model, the router, the rule. `facts` are what the decision rests on,
    by name: counts of constraints, a router's hash. `note` is one sentence where the choice was not a free one, such as
    about a reply that could not be read. `then` is the decision of the strategy that was chosen, where it made one.
    """

    chose: str
    by: str
    probability: float | None = None
    threshold: float | None = None
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    then: "Decision | None" = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a strategy on one prompt: the whole completion and its two parts.

    `split_status` is the status of the split: clean, missing_marker, repeated_marker, truncated or empty. `usage` has
    the token counts of the model calls whose texts these are, None if they are all of them: what the others wrote is
    neither reasoning nor answer.
    """

    completion: str
    reasoning: str
    answer: str
    split_status: str
    finish_reason: str
    reasoning_kind: ReasoningKind = "none"
    decision: Decision | None = None
    usage: Usage | None = None


class Strategy(Protocol):
    """A way of asking for the answer, built from a run's parameters; one instance serves any number of items."""

    @property
    def spec(self) -> StrategySpec: ...

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        """Start on one prompt. A failed completion is sent in only where the ask `may_fail`."""
        ...
