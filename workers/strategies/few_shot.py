"""The strategy `few_shot`: exemplars first, as earlier turns or in one turn, and the target last."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.exemplar_messages import exemplar_messages
from annotator.strategies.parameters import FewShotParameters
from workers.engine import Completion, Message, Thinking
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import outcome_of


@dataclass(frozen=True, slots=True)
class FewShot:
    """Show the exemplars, then ask the prompt; with `reasoning` in the form of `cot`."""

    spec: ClassVar[StrategySpec] = strategy_spec("few_shot")
    parameters: FewShotParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        reasoning = self.parameters.reasoning
        messages = tuple(Message(role, text) for role, text in exemplar_messages(self.parameters, item.prompt))
        completion = yield Ask(messages, thinking=None if reasoning else Thinking(enabled=False))
        return outcome_of(completion, "markers" if reasoning else self.spec.split)
