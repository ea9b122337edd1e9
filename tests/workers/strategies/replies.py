"""A model that replies from a list: takes one item through a strategy, without backend and driver."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workers.engine import Completion, Usage
from workers.strategies import Ask, Item, ItemConstraint, Outcome, build_strategy

NO_COMMA = ItemConstraint("punctuation:no_comma", {}, (14, 23))
WORDS = ItemConstraint("length_constraints:number_words", {"relation": "less than", "num_words": 5})
ITEM = Item("Name a fruit. No commas, in fewer than five words.", (NO_COMMA, WORDS))


@dataclass(frozen=True)
class Played:
    """What a strategy asked for on one item, and the outcome."""

    asks: list[Ask]
    outcome: Outcome

    @property
    def steps(self) -> list[str]:
        return [ask.step for ask in self.asks]


def reply(text: str, finish_reason: Any = "stop", **fields: Any) -> Completion:
    """A completion whose tokens are its words."""
    words = len(text.split())
    return replace(Completion("", text, finish_reason, Usage(5, words), 0.1), **fields)


def play(name: str, replies: Sequence[str | Completion], item: Item = ITEM, **parameters: Any) -> Played:
    """Take `item` through the strategy; it must ask exactly as often as there are replies."""
    steps = build_strategy(name, parameters).start(item)
    asks = [next(steps)]
    for number, text in enumerate(replies, 1):
        completion = reply(text) if isinstance(text, str) else text
        try:
            asks.append(steps.send(replace(completion, request_id=str(number))))
        except StopIteration as end:
            assert number == len(replies), f"{name} asked {number} times for {len(replies)} replies"
            return Played(asks, end.value)
    raise AssertionError(f"{name} asked more often than {len(replies)} times: {asks[-1]}")
