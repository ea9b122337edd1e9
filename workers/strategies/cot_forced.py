"""The strategy `cot_forced`: reasoning that is begun for the model, then the answer after ANSWER:.

The model's turn is begun by `OPENING`. What it writes up to the marker ANSWER:, or up to a budget of tokens, is the
reasoning; the turn then goes on after the marker. Each prompt thus gets both parts, whatever the model makes of a form
that it is asked for (docs/design/generation.md).
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import ClassVar

from annotator.constraints.answer_form import ANSWER_MARKER
from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.parameters import CotForcedParameters
from workers.engine import Completion, Message, Thinking
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import joined, outcome_of

OPENING = "THINK: To obey every constraint,"
MARKER = "\nANSWER:"


@dataclass(frozen=True, slots=True)
class CotForced:
    """Begin the reasoning, end it at its budget, and let the model answer.

    The answer is a call of its own unless the model wrote the marker and ended its turn: what it wrote after the marker
    within the budget is written again, so that every answer has all of `max_new_tokens`.
    """

    spec: ClassVar[StrategySpec] = strategy_spec("cot_forced")
    parameters: CotForcedParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        return (yield from forced_turn((Message("user", item.prompt),), self.parameters.reasoning_tokens))


class ContinuationError(RuntimeError):
    """Raised where the model could not continue the turn that was begun for it."""


def forced_turn(
    messages: tuple[Message, ...], reasoning_tokens: int, *, may_fail: bool = False
) -> Generator[Ask, Completion, Outcome]:
    """Begin the model's turn after `messages` with its reasoning, of at most so many tokens, and have it answer.

    Where it `may_fail`, ContinuationError is raised instead of failing the job.
    """
    budget = {"max_new_tokens": reasoning_tokens}
    reasoned = yield replace(_ask(messages, OPENING, "reasoning", budget), may_fail=may_fail)
    if reasoned.finish_reason == "error":
        raise ContinuationError(reasoned.error)
    turn = OPENING + reasoned.text
    marker = ANSWER_MARKER.search(turn)
    if marker and reasoned.finish_reason == "stop" and turn[marker.end() :].strip():
        return outcome_of(replace(reasoned, text=turn), CotForced.spec.split)
    begun = turn[: marker.start() if marker else None].rstrip() + MARKER
    answered = yield _ask(messages, begun, "answer", {})
    outcome = outcome_of(_together(begun, reasoned, answered), CotForced.spec.split)
    return replace(outcome, usage=reasoned.usage + answered.usage)


def _ask(messages: tuple[Message, ...], begun: str, step: str, sampling: dict[str, int]) -> Ask:
    """Continue `begun`; the model's own thinking is off, since the reasoning is the one that is begun."""
    return Ask((*messages, Message("assistant", begun)), step, sampling, Thinking(enabled=False))


def _together(begun: str, reasoned: Completion, answered: Completion) -> Completion:
    """Both calls as one completion: the turn as it stands, and what the model thought apart from it."""
    separate = joined(reasoned.reasoning, answered.reasoning)
    kind = answered.reasoning_kind if answered.reasoned_separately else reasoned.reasoning_kind
    return replace(answered, text=begun + answered.text, reasoning=separate, reasoning_kind=kind)
