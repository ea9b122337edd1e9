"""Result dataclasses of a study's constraint attention.

Does not know how any of them is computed or shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from annotator.statistics.estimates import Estimate

if TYPE_CHECKING:
    from annotator.statistics.ranking import Area  # scipy loads with the first computation

SeriesName = Literal["mass", "without_sink", "value", "contribution", "prompt_share", "text", "matched", "filler"]
SERIES: Sequence[SeriesName] = (
    "mass",
    "without_sink",
    "value",
    "contribution",
    "prompt_share",
    "text",
    "matched",
    "filler",
)
"""The measures of `annotator.statistics.attention`, then the controls: `text` is the mass of the prompt's words that
state no constraint, `matched` the mass over as many steps as the shorter of the two answers has, and `filler` the first
run against the second with full stops in place of its reasoning."""


@dataclass(frozen=True, slots=True)
class LayerResult:
    """The drop (first run less second) of one layer, by outcome, and how well it tells hurt cases from helped ones.

    `area` is above 0.5 where hurt cases drop more. `adjusted` is its p-value by Holm over the layers of the series.
    """

    layer: int
    drops: Mapping[str, Estimate]
    area: "Area"
    adjusted: float | None


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """One measure or control, by layer. `n` counts the cases that have it."""

    name: SeriesName
    n: int
    layers: Sequence[LayerResult]

    @property
    def strongest(self) -> LayerResult | None:
        """The layer whose area is furthest from 0.5, None without any area."""
        known = [layer for layer in self.layers if layer.area.area.value is not None]
        return max(known, key=lambda layer: abs((layer.area.area.value or 0.5) - 0.5), default=None)


@dataclass(frozen=True, slots=True)
class BoostResult:
    """The second run's answers written anew under one bias: by the outcome before, the numbers of outcomes after.

    `constraints` is the change of the share of obeyed constraints, boosted less recorded, whole cases resampled.
    """

    bias: float
    after: Mapping[str, Mapping[str, int]]
    constraints: Mapping[str, Estimate]

    @property
    def n(self) -> int:
        return sum(sum(counts.values()) for counts in self.after.values())


@dataclass(frozen=True, slots=True)
class AttentionResults:
    """The constraint attention of a study, by one language model.

    `outcomes` counts the traced pairs. `unlike` counts pairs whose two traces have different layers. `hidden` are the
    layers whose mask shows the rows none of the constraints in some case: what they lack there is structural.
    `retokenized` is the share of traces whose tokens are not as many as were generated.
    """

    language_model: str
    outcomes: Mapping[str, int]
    unlike: int
    hidden: Sequence[int]
    retokenized: float
    series: Sequence[SeriesResult]
    boosts: Sequence[BoostResult]
