"""Bootstrap of a paired difference of values, also of values that lie in clusters.

Does not know what a value or a cluster is. Constraints of one prompt depend on each other, so their cluster is the
prompt: without it an interval over constraints is too narrow (Miller, arXiv 2411.00640).
"""

from collections.abc import Hashable, Sequence

import numpy as np

from annotator.statistics.bootstrap import Bootstrap, mean
from annotator.statistics.estimates import MINIMUM_CASES, Estimate


def bootstrap_difference(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    n: int = 10_000,
    seed: int = 0,
) -> Estimate:
    """Return the mean of `second` minus that of `first`, value by value, with whole clusters resampled.

    `n` is the number of resamples; that of the estimate counts values. Without `clusters` each value is its own.
    Fewer clusters than `estimates.CASES_FOR_AN_INTERVAL` give no interval, however many values they have.
    """
    if len(first) != len(second) or (clusters is not None and len(clusters) != len(first)):
        sizes = f"{len(first)} and {len(second)} values" + ("" if clusters is None else f", {len(clusters)} clusters")
        raise ValueError(f"{sizes} cannot be paired; give one of each per item, in the same order")
    difference = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    number = {cluster: place for place, cluster in enumerate(dict.fromkeys(clusters or range(len(first))))}
    places = np.array([number[cluster] for cluster in clusters or range(len(first))], dtype=int)
    parts = np.zeros((len(number), 2))  # (clusters, sum of differences and number of values)
    np.add.at(parts, places, np.column_stack([difference, np.ones(len(difference))]))
    if len(parts) < MINIMUM_CASES:
        return Estimate.missing(len(difference), "not enough data")
    return Bootstrap(resamples=n, seed=seed).estimate(parts, mean, n=len(difference))
