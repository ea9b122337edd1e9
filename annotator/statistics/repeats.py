"""Repeats of a sampled run: variance of a result split into items and samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from annotator.statistics.estimates import MINIMUM_CASES, Status


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """Variance of results between items and between samples of one item, by one-way analysis of variance.

    `item` is the variance of the items' expected results and `sample` that of one result around it; both None unless
    `status` is "ok". `repeats` is the number of samples of an item, their effective number where it differs.
    """

    items: int
    repeats: float
    mean: float | None
    item: float | None
    sample: float | None
    status: Status

    @property
    def item_share(self) -> float | None:
        """The part of one result's variance that is the item's: the intraclass correlation ICC(1, 1)."""
        if self.item is None or self.sample is None:
            return None
        return self.item / (self.item + self.sample)

    def standard_error(self, repeats: float | None = None) -> float | None:
        """The standard error of the mean over as many items with `repeats` samples each; only `sample` shrinks."""
        if self.item is None or self.sample is None:
            return None
        return sqrt((self.item + self.sample / (repeats or self.repeats)) / self.items)


def variance_split(results: Sequence[Sequence[float]]) -> VarianceSplit:
    """Split the variance of results, one row of samples for each item.

    Searle, Casella and McCulloch (1992), Variance Components, section 3.6, also for rows of different lengths; an item
    variance below 0 is 0. Rows without a sample are left out.
    """
    rows = [np.asarray(row, dtype=float) for row in results if len(row)]
    sizes = np.array([len(row) for row in rows], dtype=float)
    n, items = float(sizes.sum()), len(rows)
    mean = float(np.concatenate(rows).mean()) if rows else None
    if mean is None or items < MINIMUM_CASES or n == items:  # without a repeat nothing tells sample from item
        return VarianceSplit(items, n / items if items else 0.0, mean, None, None, "not enough data")
    repeats = float((n - (sizes**2).sum() / n) / (items - 1))
    means = np.array([row.mean() for row in rows])
    within = sum(float(((row - row.mean()) ** 2).sum()) for row in rows) / (n - items)
    between = float((sizes * (means - mean) ** 2).sum()) / (items - 1)
    if not within and not between:
        return VarianceSplit(items, repeats, mean, None, None, "no variation")
    return VarianceSplit(items, repeats, mean, max(0.0, (between - within) / repeats), within, "ok")
