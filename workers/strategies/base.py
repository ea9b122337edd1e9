"""The strategy `base`: the prompt alone, without any word of ours."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from annotator.strategies import NoParameters, StrategySpec, strategy_spec
from workers.engine import Completion, Message
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import outcome_of


@dataclass(frozen=True, slots=True)
class Base:
    """Ask for the answer directly; the whole completion is the answer, but for think blocks of the model's own."""

    spec: ClassVar[StrategySpec] = strategy_spec("base")
    parameters: NoParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("user", item.prompt),))
        return outcome_of(completion, self.spec.split)
