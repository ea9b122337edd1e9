"""Strategy specifications: the frozen facts about each strategy, for web, runs, studies and workers.

Pure Python. The generators that ask a model are in `workers/strategies`; a test compares the names and versions.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annotator.constraints import CHECKER_VERSION
from annotator.options import read_options
from annotator.strategies.parameters import (
    ClassifierSelectiveParameters,
    CotForcedParameters,
    FewShotParameters,
    NoParameters,
    PipelineParameters,
    RestateParameters,
    SelfReflectionParameters,
    SelfSelectiveParameters,
    VerifiedRevisionParameters,
    parameters_of,
)

__all__ = ["STRATEGIES", "NoParameters", "StrategySpec", "strategy_spec", "uses_checkers"]


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """One strategy: name, template version, whether it reasons, how its completion is split, and its parameters.

    `version` changes whenever the wording of a template or a switch of its requests does: it is part of every
    fingerprint, so that these make new generations and never mixed old ones. `split` is a rule of
    `annotator.constraints`.
    """

    name: str
    version: str
    reasons: bool
    split: str
    parameters: type[Any] = NoParameters
    """A frozen dataclass; `Run.parameters` is its canonical JSON object."""
    model_calls: int = 1
    """How many model calls one prompt takes at most."""
    reads_constraints: bool = False
    """Whether the strategy sees the constraints of a prompt; then they are part of the request's fingerprint."""
    needs: tuple[str, ...] = ()
    """What the backend must offer: names of `annotator.backends.ABILITIES`."""
    uses_checkers: bool = False
    """Whether the model is shown what the checkers found in its answers: an upper bound, never a fair comparison."""

    def needed(self, parameters: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what the backend must offer with these parameters, which may ask for more than the strategy does."""
        return (*self.needs, *getattr(self.read_parameters(parameters), "needs", ()))

    def read_parameters(self, value: Mapping[str, Any]) -> Any:
        """Read the parameters as their dataclass. Raises OptionsError for unknown fields and wrong types."""
        return read_options(self.parameters, value, where=parameters_of(self.name))

    def canonical_parameters(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with every default filled in, as they are stored and hashed."""
        return asdict(self.read_parameters(value))


STRATEGIES: Mapping[str, StrategySpec] = {
    spec.name: spec
    for spec in (
        StrategySpec(name="base", version="2", reasons=False, split="none", needs=("thinking switched off",)),
        StrategySpec(name="cot", version="1", reasons=True, split="markers"),
        StrategySpec(
            name="cot_forced",
            version="1",
            reasons=True,
            split="first_marker",
            parameters=CotForcedParameters,
            model_calls=2,
            needs=("continued turns", "thinking switched off"),
        ),
        StrategySpec(name="thinking", version="1", reasons=True, split="think_tags"),
        StrategySpec(name="few_shot", version="1", reasons=False, split="none", parameters=FewShotParameters),
        StrategySpec(
            name="self_reflection",
            version="1",
            reasons=True,
            split="markers",
            parameters=SelfReflectionParameters,
            model_calls=3,
        ),
        StrategySpec(
            name="restate",
            version="1",
            reasons=True,
            split="none",
            parameters=RestateParameters,
            needs=("thinking switched off",),
            model_calls=2,
            reads_constraints=True,
        ),
        StrategySpec(
            name="self_selective",
            version="1",
            reasons=True,
            split="markers",
            parameters=SelfSelectiveParameters,
            needs=("thinking switched off",),
            model_calls=2,
        ),
        StrategySpec(
            name="classifier_selective",
            version="1",
            reasons=True,
            split="markers",
            parameters=ClassifierSelectiveParameters,
            needs=("thinking switched off",),
            reads_constraints=True,
        ),
        StrategySpec(
            name="verified_revision",
            # What the checkers say is part of its requests.
            version=f"1 {CHECKER_VERSION}",
            reasons=True,
            split="markers",
            parameters=VerifiedRevisionParameters,
            model_calls=12,
            reads_constraints=True,
            uses_checkers=True,
        ),
        StrategySpec(
            name="pipeline",
            version="1",
            reasons=True,
            split="markers",
            parameters=PipelineParameters,
            model_calls=3,
            reads_constraints=True,
        ),
    )
}
"""All strategies by name, in the order in which screens list them."""


def strategy_spec(name: str) -> StrategySpec:
    """Return the specification of the strategy called `name`. Raises ValueError, which names the known ones."""
    if name not in STRATEGIES:
        raise ValueError(f"Unknown strategy {name!r}; known strategies: {', '.join(STRATEGIES)}.")
    return STRATEGIES[name]


def uses_checkers(name: str) -> bool:
    """Whether the strategy called `name` shows its model what the checkers found; False for one unknown here."""
    return name in STRATEGIES and STRATEGIES[name].uses_checkers
