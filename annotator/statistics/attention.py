"""Measures of constraint attention: a value for each layer and step from the sums of a trace.

Pure: knows neither files nor models. Formulas with their sources: docs/attention.md. L layers, R rows of the answer,
N groups of columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MEASURES = ("mass", "without_sink", "value", "contribution", "prompt_share")
"""`mass`: the paper's alpha, the mean weight of a token; `without_sink`: that weight as a share of what neither the
first token nor the template takes; `value`: weight times the norm of the value vector; `contribution`: the share of the
head's output that the token's value makes up; `prompt_share`: the share of the prompt's mass, not divided by tokens."""
_LEAST = 1e-9
"""A denominator below it is none: the share of nothing is unknown, not zero."""


@dataclass(frozen=True, slots=True)
class GroupSums:
    """Sums over the tokens of groups, means over heads: each (L, R), by the three stored measures; `size` in tokens."""

    mass: Floats
    value: Floats
    contribution: Floats
    size: int


def step_values(groups: Mapping[str, GroupSums], name: str, measure: str) -> Floats:
    """Return the measure of a group at each layer and step (L, R); NaN where it is not defined.

    `groups` has at least `sink`, `template`, `text` and `constraints`, which together are the prompt's columns.
    """
    group = groups[name]
    if not group.size:
        return np.full(group.mass.shape, np.nan)
    if measure == "without_sink":
        rest = 1 - groups["sink"].mass - groups["template"].mass
        return _share(group.mass, rest) / group.size
    if measure == "prompt_share":
        return _share(group.mass, groups["constraints"].mass + groups["text"].mass)
    values: Floats = getattr(group, measure)
    return values / group.size


def layer_means(values: Floats, first: int | None = None) -> Floats:
    """Return the mean over the steps (L,), or over the `first` ones; NaN for a layer without any."""
    steps = values[:, :first]
    known = ~np.isnan(steps)
    counts = known.sum(axis=1)
    sums = np.where(known, steps, 0.0).sum(axis=1)
    means = np.full(len(values), np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def _share(part: Floats, whole: Floats) -> Floats:
    shares = np.full(part.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole > _LEAST)
    return shares
