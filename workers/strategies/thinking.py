"""The strategy `thinking`: the prompt alone, with the model's own thinking on.

`base` is the same with it off.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from annotator.strategies import NoParameters, StrategySpec, strategy_spec
from workers.engine import Completion, Message, Thinking
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import outcome_of


@dataclass(frozen=True, slots=True)
class OwnThinking:
    """Switch the model's thinking on; what it thinks is the reasoning, in a block of its text or separate from it.

    Where it did not think, the split status is `missing_marker`: a model without a switch that does not think by itself
    answers as under `base`.
    """

    spec: ClassVar[StrategySpec] = strategy_spec("thinking")
    parameters: NoParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("user", item.prompt),), thinking=Thinking(enabled=True))
        return outcome_of(completion, self.spec.split)
