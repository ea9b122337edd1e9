"""Calibration of probabilities on held-out prompts: Brier score and calibration error. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.statistics.bootstrap import Bootstrap, Floats, mean
from annotator.statistics.estimates import Estimate

BINS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Distance of the predicted probabilities from the observed outcomes.

    `brier` is the mean squared distance, and `brier_of_base_rate` that of giving every prompt the share of helped
    ones: a router that knows nothing is no better. `error` is the expected calibration error: the mean distance of
    probability and share helped over ten groups of neighbouring probabilities, as equal in size as ties allow. With
    few prompts it is above zero for a calibrated router too.
    """

    brier: Estimate
    brier_of_base_rate: float
    error: float


def calibration_of(labels: NDArray[np.int64], probabilities: Floats, groups: Sequence[str]) -> Calibration:
    """Return the calibration of held-out probabilities; equal prompts are resampled together."""
    share = float(labels.mean())
    return Calibration(
        brier=mean_of_groups((probabilities - labels) ** 2, groups),
        brier_of_base_rate=share * (1 - share),
        error=calibration_error(labels, probabilities),
    )


def calibration_error(labels: NDArray[np.int64], probabilities: Floats) -> float:
    """Return the expected calibration error over `BINS` groups; equal probabilities are in one group."""
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, BINS + 1)[1:-1]))
    of_bin = np.searchsorted(edges, probabilities, side="left")
    apart = [abs(float((probabilities - labels)[of_bin == number].sum())) for number in np.unique(of_bin)]
    return sum(apart) / len(labels)


def mean_of_groups(values: Floats, groups: Sequence[str]) -> Estimate:
    """Return the mean over prompts, with an interval that resamples whole groups of equal prompts."""
    row = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    parts = np.zeros((len(row), 2))
    np.add.at(parts, [row[group] for group in groups], np.column_stack([values, np.ones(len(values))]))
    return Bootstrap().estimate(parts, mean)
