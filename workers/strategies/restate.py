"""The strategy `restate`: reasoning first, then the constraints once more, then the answer.

Two calls, since the constraints are to stand between the reasoning and the answer: at the end of one prompt they would
stand before both.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import ClassVar

from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.parameters import RestateParameters
from workers.engine import Completion, Message, Thinking, Usage
from workers.strategies.constraint_words import constraint_list
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import joined, outcome_of
from workers.strategies.turns import turns_after

REASON = """{prompt}

Do not answer yet. First think step by step: what does each constraint demand, and how can the answer obey it?"""
RESTATED = """Now write the answer to my request, and nothing else. It has to obey each of these constraints:
{constraints}"""


@dataclass(frozen=True, slots=True)
class Restate:
    """Ask for reasoning, then for the answer under the restated constraints."""

    spec: ClassVar[StrategySpec] = strategy_spec("restate")
    parameters: RestateParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        budget = self.parameters.reasoning_tokens
        first = (Message("user", REASON.replace("{prompt}", item.prompt)),)
        reasoned = yield Ask(first, "reasoning", {"max_new_tokens": budget} if budget else {})
        restated = RESTATED.replace("{constraints}", constraint_list(item))
        messages = turns_after(first[0].content, reasoned.text or reasoned.reasoning, restated)
        answered = yield Ask(messages, "answer", thinking=Thinking(enabled=False))
        outcome = outcome_of(_with_reasoning(reasoned, answered), self.spec.split)
        return replace(outcome, usage=_usage(reasoned.usage, answered.usage))


def _with_reasoning(reasoned: Completion, answered: Completion) -> Completion:
    """Return the answer's completion as one whose reasoning came separately: all that the first call wrote."""
    reasoning = joined(joined(reasoned.reasoning, reasoned.text), answered.reasoning)
    return replace(answered, reasoning=reasoning, reasoning_kind="raw" if reasoning else answered.reasoning_kind)


def _usage(reasoned: Usage, answered: Usage) -> Usage:
    """Return the usage of both calls; where a backend counts reasoning, all of the first call is reasoning."""
    both = reasoned + answered
    if not both.reasoning_tokens:
        return both
    return replace(both, reasoning_tokens=reasoned.completion_tokens + (answered.reasoning_tokens or 0))
