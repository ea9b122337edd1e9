"""The strategy `base`: the prompt alone, without any added instruction."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from annotator.strategies import NoParameters, StrategySpec, strategy_spec
from workers.engine import Completion, Message, Thinking
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import outcome_of


@dataclass(frozen=True, slots=True)
class Base:
    """Ask for the answer directly: all of the completion but what the model thinks by itself.

    Thinking is switched off where the model has a switch for it.
    """

    spec: ClassVar[StrategySpec] = strategy_spec("base")
    parameters: NoParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("user", item.prompt),), thinking=Thinking(enabled=False))
        return outcome_of(completion, self.spec.split)
