"""Result dataclasses of the agreement analysis. Does not know how any of them is computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotator.statistics.estimates import Estimate

if TYPE_CHECKING:
    from annotator.statistics.bias import PositionBias


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Raw agreement, Krippendorff's alpha and Gwet's AC1 of the same ratings."""

    raw: Estimate
    alpha: Estimate
    ac1: Estimate


@dataclass(frozen=True, slots=True)
class PartAgreement:
    """Agreement on one pattern, or on the label over the cases of one kind of constraint.

    `annotations` counts those with the pattern, or those of cases whose prompts state the kind. `spans` is None for a
    kind, since evidence belongs to patterns.
    """

    name: str
    annotations: int
    coefficients: Coefficients
    spans: Estimate | None = None


@dataclass(frozen=True, slots=True)
class BlindChoices:
    """Blind choices: their bias to a side of the screen, and the share that preferred the second run's answer."""

    position: "PositionBias"
    second: Estimate


@dataclass(frozen=True, slots=True)
class ShownAgreement:
    """Agreement on the label and the blind choices under one setting of `Study.verdicts_shown`."""

    verdicts_shown: str
    annotations: int
    label: Coefficients
    blind: BlindChoices


@dataclass(frozen=True, slots=True)
class StudyAgreement:
    """Agreement of all annotators. `shared` counts the cases that two or more of them annotated.

    `by_verdicts_shown` splits annotations and blind choices by the study's setting when they were made.
    """

    annotations: int
    annotators: int
    cases: int
    shared: int
    label: Coefficients
    spans: Estimate
    patterns: Sequence[PartAgreement]
    blind: BlindChoices
    by_verdicts_shown: Sequence[ShownAgreement] = ()


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Cohen's kappa of two annotators, by pseudonym, over the cases that both annotated."""

    first: str
    second: str
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class PairPage:
    """Some of the `total` pairs, those with the most shared cases first. `after` is the index of the next page."""

    rows: Sequence[PairAgreement]
    total: int
    after: int | None
