"""Comparison of two runs on the same items: exact McNemar, bootstrap difference, Holm's correction.

Owns the pairing: results of different items are refused, not silently intersected. It does not know what an item is;
for an honest p-value and interval items must be independent, so take prompts, not the constraints within them.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from annotator.statistics.bootstrap import DEFAULT, Bootstrap, mean
from annotator.statistics.estimates import Estimate, Status

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class McNemar:
    """How many of `n` items only the first and only the second run got right, and the two-sided p-value.

    "No variation" where no item differs, "not enough data" where there are no items: no p-value then.
    """

    only_first: int
    only_second: int
    n: int
    p_value: float | None
    status: Status


def mcnemar_exact(first: Mapping[Key, bool], second: Mapping[Key, bool]) -> McNemar:
    """McNemar (1947), Psychometrika 12, as the exact binomial test of the items that differ."""
    _refuse_unpaired(first, second)
    only_first = sum(first[item] and not second[item] for item in first)
    only_second = sum(second[item] and not first[item] for item in first)
    if not only_first + only_second:
        status: Status = "no variation" if first else "not enough data"
        return McNemar(only_first=0, only_second=0, n=len(first), p_value=None, status=status)
    table = [[0, only_first], [only_second, 0]]  # the items that do not differ bear nothing on the test
    p_value = float(mcnemar(table, exact=True).pvalue)
    return McNemar(only_first=only_first, only_second=only_second, n=len(first), p_value=p_value, status="ok")


def paired_difference(
    first: Mapping[Key, float],
    second: Mapping[Key, float],
    *,
    weights: Mapping[Key, float] | None = None,
    bootstrap: Bootstrap = DEFAULT,
) -> Estimate:
    """Mean of `second` minus mean of `first`, with items resampled in pairs.

    With `weights` the means are weighted: give each prompt the share of its constraints that are satisfied and, as
    weight, how many it has, and the result is the difference of instruction-level accuracy with whole prompts
    resampled.
    """
    _refuse_unpaired(first, second)
    if weights is not None:
        _refuse_unpaired(first, weights)
    weight = np.array([1.0 if weights is None else weights[item] for item in first])
    difference = np.array([second[item] - first[item] for item in first], dtype=float)
    parts = np.column_stack([weight * difference, weight])
    return bootstrap.estimate(parts, mean)


def holm(p_values: Mapping[Key, float | None]) -> dict[Key, float | None]:
    """Adjusted p-values of a family of tests: Holm (1979), Scandinavian Journal of Statistics 6.

    A test that gave no p-value stays None and does not count in the family.
    """
    known = {key: p_value for key, p_value in p_values.items() if p_value is not None}
    if not known:
        return dict.fromkeys(p_values)
    adjusted = multipletests(list(known.values()), method="holm")[1]
    return {**dict.fromkeys(p_values), **dict(zip(known, map(float, adjusted), strict=True))}


def _refuse_unpaired(first: Mapping[Key, object], second: Mapping[Key, object]) -> None:
    unpaired = first.keys() ^ second.keys()
    if unpaired:
        example = min(unpaired, key=repr)
        raise ValueError(f"{len(unpaired)} items are on one side only, {example!r} for one; compare the same items")
