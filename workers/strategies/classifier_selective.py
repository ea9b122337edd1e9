"""The strategy `classifier_selective`: a router says whether to reason, then `cot` or `base` answers.

The router is frozen in the parameters: one by kinds of constraints, or a trained one by the text of the prompt.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import ClassVar

from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.parameters import ClassifierSelectiveParameters
from annotator.strategies.routers import helps_probability, read_router
from workers.engine import Completion
from workers.strategies.first_answers import FIRST_ANSWERS
from workers.strategies.protocol import Ask, Decision, Item, Outcome


@dataclass(frozen=True, slots=True)
class ClassifierSelective:
    """Decide without a model call, then ask once."""

    spec: ClassVar[StrategySpec] = strategy_spec("classifier_selective")
    parameters: ClassifierSelectiveParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        router = read_router(self.parameters.router)
        kinds = [constraint.kind for constraint in item.constraints]
        probability = helps_probability(router, prompt=item.prompt, kinds=kinds)
        chose = "cot" if probability >= router.threshold else "base"
        outcome = yield from FIRST_ANSWERS[chose].start(item)
        decision = Decision(chose, "the router", probability, router.threshold, facts={"router": router.hash})
        return replace(outcome, decision=decision)
