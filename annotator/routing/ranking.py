"""Ranking quality of probabilities: AUROC and AUPRC, with intervals over groups of prompts.

Pure. With one fold equal to scikit-learn's `roc_auc_score` and `average_precision_score`; weighted and vectorised over
resamples here. Prompts are ranked within their fold alone: the probabilities of two folds come from two models.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.statistics.bootstrap import Floats, ratio
from annotator.statistics.estimates import CASES_FOR_AN_INTERVAL, MINIMUM_CASES, Estimate

Integers = NDArray[np.int64]
RESAMPLES, CONFIDENCE, _AT_ONCE = 1_000, 95, 100
Curve = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""(resamples, distinct probabilities) weights of positives and negatives of a fold, from the least likely up, to
numerator and denominator (resamples,) of the statistic; the folds add up."""


def auroc(labels: Integers, probabilities: Floats, groups: Sequence[Hashable], folds: Sequence[Hashable]) -> Estimate:
    """Return the chance that a prompt with label 1 is ranked above one with label 0; equal ones count half."""
    return _estimate(_auroc, labels, probabilities, groups, folds)


def auprc(labels: Integers, probabilities: Floats, groups: Sequence[Hashable], folds: Sequence[Hashable]) -> Estimate:
    """Return the average precision; by chance it is the share of label 1, the base rate."""
    return _estimate(_auprc, labels, probabilities, groups, folds)


def _auroc(positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    below = np.cumsum(negative, axis=1) - negative
    return (positive * (below + negative / 2)).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1)


def _auprc(positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    found = np.cumsum(positive[:, ::-1], axis=1)  # with the likeliest first
    precision = np.nan_to_num(ratio(found, found + np.cumsum(negative[:, ::-1], axis=1)))
    varies = (positive.sum(axis=1) > 0) & (negative.sum(axis=1) > 0)
    return (precision * positive[:, ::-1]).sum(axis=1) * varies, positive.sum(axis=1) * varies


def _estimate(
    curve: Curve, labels: Integers, probabilities: Floats, groups: Sequence[Hashable], folds: Sequence[Hashable]
) -> Estimate:
    """Compute the value, and its percentile interval with whole groups resampled."""
    n, of_group, of_fold = len(labels), _numbered(groups), _numbered(folds)
    if n < MINIMUM_CASES:
        return Estimate.missing(n, "not enough data")
    places = [np.flatnonzero(of_fold == fold) for fold in range(of_fold.max() + 1)]

    def at(weights: Floats) -> Floats:  # (resamples, groups) -> (resamples,)
        sums = [_of_fold(curve, labels[part], probabilities[part], weights[:, of_group[part]]) for part in places]
        return ratio(sum(top for top, _ in sums), sum(bottom for _, bottom in sums))  # type: ignore[arg-type]

    size = int(of_group.max()) + 1
    value = float(at(np.ones((1, size)))[0])
    if np.isnan(value):
        return Estimate.missing(n, "no variation")
    if size < CASES_FOR_AN_INTERVAL:
        return Estimate(value=value, low=None, high=None, n=n)
    draw, even = np.random.default_rng(0), np.full(size, 1 / size)
    blocks = (draw.multinomial(size, even, size=_AT_ONCE).astype(float) for _ in range(RESAMPLES // _AT_ONCE))
    values = np.concatenate([at(weights) for weights in blocks])
    tail = (100 - CONFIDENCE) / 2
    low, high = np.percentile(values[~np.isnan(values)], [tail, 100 - tail])
    return Estimate(value=value, low=float(low), high=float(high), n=n)


def _of_fold(curve: Curve, labels: Integers, probabilities: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sum the weights (resamples, prompts) of each distinct probability, by label, for the curve."""
    distinct, place = np.unique(probabilities, return_inverse=True)
    sides = []
    for value in (1, 0):
        side = np.zeros((len(distinct), len(weights)))
        np.add.at(side, place[labels == value], weights[:, labels == value].T)
        sides.append(side.T)
    return curve(*sides)


def _numbered(names: Sequence[Hashable]) -> Integers:
    """Number equal names alike, from 0, in the order of their first occurrence."""
    number = {name: row for row, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)
