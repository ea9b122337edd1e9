"""Replay: runs the stored model calls of a generation again and compares what comes back.

Owns the comparison of texts and of environments. Stores nothing: a replay is evidence about a generation, no new one.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.canonical import canonical_json
from annotator.runs.models import ModelCall
from annotator.runs.selectors import CallWithMessages, StoredGeneration
from annotator.strategies import StrategySpec
from annotator.text_cleaning import storable
from workers.engine import Backend, Completion, Message, Role, Sampling, Thinking
from workers.strategies import Ask, Call, Item, Job, Outcome, drive
from workers.strategies.splitting import outcome_of

CONTEXT = 40
"""How many characters before and after the first difference are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference of one part of a call, at `offset` in characters, with its surroundings."""

    part: str  # text, reasoning, tool_calls or finish_reason
    offset: int
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class CallReplay:
    """One call run again: its first difference, or an `error` where the model gave no completion, or neither.

    `probability_shift` is the largest change of a label's probability, None where no labels were offered. It decides
    nothing: the text of such a call is the likeliest label.
    """

    number: int
    step: str
    difference: Difference | None = None
    error: str = ""
    probability_shift: float | None = None

    @property
    def identical(self) -> bool:
        return self.difference is None and not self.error


@dataclass(frozen=True, slots=True)
class Replay:
    """All calls of a generation run again, and the entries of the environment that changed, as (then, now).

    `environment_then` is {} where none was stored; nothing can be said to have changed then.
    """

    calls: Sequence[CallReplay]
    environment_then: Mapping[str, Any]
    environment_now: Mapping[str, Any]
    changed: Mapping[str, tuple[Any, Any]]

    @property
    def identical(self) -> bool:
        """Whether every call gave the same text, reasoning and finish reason; the environment may have changed."""
        return all(call.identical for call in self.calls)


def replay(stored: StoredGeneration, backend: Backend) -> Replay:
    """Run the calls again, one after the other, each from its stored messages: none depends on a call before it."""
    calls = [_replayed(row, backend) for row in stored.calls]
    environment = storable(backend.describe())
    changed = _changed(stored.environment, environment) if stored.environment else {}
    return Replay(calls, stored.environment, environment, changed)


class _StoredAsk:
    """A strategy that asks what a stored call asked; through the driver it waits and tries again like any other."""

    spec: ClassVar = StrategySpec(name="replay", version="1", reasons=False, split="none")

    def __init__(self, row: CallWithMessages) -> None:
        self._row = row

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        call = self._row.call
        messages = tuple(Message(_role(message.role), message.text) for message in self._row.messages)
        completion = yield Ask(
            messages,
            step=call.step,
            thinking=Thinking(**call.thinking) if call.thinking else None,
            choices=tuple(call.probabilities or ()),
        )
        return outcome_of(completion, self.spec.split)


def _role(name: str) -> Role:
    roles: dict[str, Role] = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
    return roles[name]


def _replayed(row: CallWithMessages, backend: Backend) -> CallReplay:
    call = row.call
    job = Job(f"call {call.number}", Item(""), _StoredAsk(row), Sampling.from_json(call.sampling))
    [result] = drive(backend, [job])
    if result.outcome is None:
        return CallReplay(call.number, call.step, error=result.error)
    now = result.calls[-1]
    shift = _probability_shift(call.probabilities, now.probabilities)
    return CallReplay(call.number, call.step, difference=_difference(call, now), probability_shift=shift)


def _difference(then: ModelCall, now: Call) -> Difference | None:
    parts = {
        "text": (then.text, storable(now.text)),
        "reasoning": (then.reasoning, storable(now.reasoning)),
        "finish_reason": (then.finish_reason, now.finish_reason),
    }
    for part, (old, new) in parts.items():
        if old != new:
            return _first_difference(part, old, new)
    return None


def _first_difference(part: str, then: str, now: str) -> Difference:
    pairs = zip(then, now, strict=False)
    shorter = min(len(then), len(now))
    offset = next((place for place, (old, new) in enumerate(pairs) if old != new), shorter)
    start, end = max(0, offset - CONTEXT), offset + CONTEXT
    return Difference(part, offset, then[start:end], now[start:end])


def _probability_shift(then: Mapping[str, float] | None, now: Mapping[str, float] | None) -> float | None:
    if not then or not now:
        return None
    return max(abs(probability - now.get(label, 0.0)) for label, probability in then.items())


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [*then, *(name for name in now if name not in then)]
    pairs = {name: (then.get(name), now.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if canonical_json(pair[0]) != canonical_json(pair[1])}
