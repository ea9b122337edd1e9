"""Strategy specifications: the frozen facts about each strategy, for web, runs, studies and workers.

Pure Python. The generators that ask a model are in `workers/strategies`; a test compares the names and versions.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annotator.options import read_options


@dataclass(frozen=True, slots=True)
class NoParameters:
    """The parameters of a strategy that has none."""


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

    def read_parameters(self, value: Mapping[str, Any]) -> Any:
        """Read the parameters as their dataclass. Raises OptionsError for unknown fields and wrong types."""
        return read_options(self.parameters, value, where=f"parameters of {self.name}")

    def canonical_parameters(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with every default filled in, as they are stored and hashed."""
        return asdict(self.read_parameters(value))


STRATEGIES: Mapping[str, StrategySpec] = {
    spec.name: spec
    for spec in (
        StrategySpec(name="base", version="2", reasons=False, split="none"),
        StrategySpec(name="cot", version="1", reasons=True, split="markers"),
    )
}
"""All strategies by name, in the order in which screens list them."""


def strategy_spec(name: str) -> StrategySpec:
    """Return the specification of the strategy called `name`. Raises ValueError, which names the known ones."""
    if name not in STRATEGIES:
        raise ValueError(f"Unknown strategy {name!r}; known strategies: {', '.join(STRATEGIES)}.")
    return STRATEGIES[name]
