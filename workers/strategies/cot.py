"""The strategy `cot`: reasoning about each constraint after THINK:, the answer after ANSWER:.

The wording was chosen by measurement (docs/design/generation.md). Changing it needs a new version of the spec.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from annotator.constraints.answer_form import ANSWER_FORM
from annotator.strategies import NoParameters, StrategySpec, strategy_spec
from workers.engine import Completion, Message
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import outcome_of

TEMPLATE = f"{{prompt}}\n\n{ANSWER_FORM}"


@dataclass(frozen=True, slots=True)
class ChainOfThought:
    """Ask for reasoning first; only what follows the marker ANSWER: is the answer."""

    spec: ClassVar[StrategySpec] = strategy_spec("cot")
    parameters: NoParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("user", TEMPLATE.replace("{prompt}", item.prompt)),))
        return outcome_of(completion, self.spec.split)
