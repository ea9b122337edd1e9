"""The strategy `pipeline`: the complexity of a prompt decides which strategy answers it.

The paper's proposal: simple prompts to self-reflection or a classifier, complex ones to the model's own choice or a
classifier. Complexity is the number of constraints, or a kind that is complex by itself.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.parameters import PipelineParameters
from workers.engine import Completion
from workers.strategies.classifier_selective import ClassifierSelective
from workers.strategies.protocol import Ask, Decision, Item, Outcome, Strategy
from workers.strategies.self_reflection import SelfReflection
from workers.strategies.self_selective import SelfSelective

_CHOSEN: Mapping[str, Callable[[Any], Strategy]] = {
    "self_reflection": SelfReflection,
    "self_selective": SelfSelective,
    "classifier_selective": ClassifierSelective,
}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Choose by complexity without a model call, then ask as the chosen strategy does."""

    spec: ClassVar[StrategySpec] = strategy_spec("pipeline")
    parameters: PipelineParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        kinds = [constraint.kind for constraint in item.constraints]
        complex_kinds = sorted({kind for kind in kinds if kind in self.parameters.complex_kinds})
        is_complex = len(kinds) >= self.parameters.complex_from or bool(complex_kinds)
        chose = self.parameters.when_complex if is_complex else self.parameters.when_simple
        outcome = yield from _CHOSEN[chose](self.parameters.parameters_of(chose)).start(item)
        facts = {
            "constraints": len(kinds),
            "complex_from": self.parameters.complex_from,
            "complex_kinds": complex_kinds,
        }
        return replace(outcome, decision=Decision(chose, "the complexity", facts=facts, then=outcome.decision))
