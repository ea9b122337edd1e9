"""Baselines of a choice between two runs: never, always, the oracle; gap recovered and APGR.

Does not know what chooses or what is chosen: `never` and `always` are results on the same items, `chosen` those of the
choice. Every comparison is paired, and intervals resample whole groups of items that belong together.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from annotator.statistics.bootstrap import Bootstrap, Floats, mean, ratio
from annotator.statistics.estimates import Estimate

_FULL = Bootstrap(resamples=10_000)
_LEAST_GAP = 1e-9
_N, _NEVER, _ALWAYS, _ORACLE, _CHOSEN, _OVER_SHARES, _BEST = range(7)


@dataclass(frozen=True, slots=True)
class BaselineComparison:
    """Means of a choice beside those of the baselines.

    `recovered` is (chosen - best) / (oracle - best), where best is the better of never and always on these items, the
    same one in every resample: 0 is no gain over it, 1 is the oracle, and below 0 the choice loses. `from_never` is
    (chosen - never) / (oracle - never). `apgr` is RouteLLM's (arXiv 2406.18665): the mean over all shares of `always`,
    as a part of the way from the worse of never and always to the better one. RouteLLM's strong model is the better one
    by name; here always may be the worse, and a higher value is the better ranking in both cases.
    """

    never: Estimate
    always: Estimate
    oracle: Estimate
    chosen: Estimate
    over_best: Estimate
    recovered: Estimate
    from_never: Estimate
    apgr: Estimate


def compare_with_baselines(
    never: Floats, always: Floats, chosen: Floats, over_shares: Floats, groups: Sequence[Hashable]
) -> BaselineComparison:
    """Compare `chosen` with the baselines; `over_shares` is `mean_over_shares` of the ranking behind it."""
    best = always if always.sum() > never.sum() else never
    columns = [np.ones(len(never)), never, always, np.maximum(never, always), chosen, over_shares, best]
    parts = _summed(np.column_stack(columns), groups)
    return BaselineComparison(
        never=_mean(parts, _NEVER),
        always=_mean(parts, _ALWAYS),
        oracle=_mean(parts, _ORACLE),
        chosen=_mean(parts, _CHOSEN),
        over_best=_FULL.estimate(parts, _over_best),
        recovered=_FULL.estimate(parts, _recovered),
        from_never=_FULL.estimate(parts, _from_never),
        apgr=_FULL.estimate(parts, _apgr),
    )


def mean_over_shares(never: Floats, always: Floats, ranking: Floats, folds: Sequence[Hashable]) -> Floats:
    """Return each item's mean result over all shares of `always`, the highest in `ranking` of its fold first.

    An item at rank r of n (0 is the highest) has `always` with every share from r / n on. Equal items share the mean of
    their ranks.
    """
    place = np.empty(len(never))
    for fold in dict.fromkeys(folds):
        of_fold = np.array([other == fold for other in folds])
        values = ranking[of_fold]
        above = (values[None, :] > values[:, None]).sum(axis=1)
        equal = (values[None, :] == values[:, None]).sum(axis=1)
        place[of_fold] = (above + equal / 2) / len(values)
    shares: Floats = place * never + (1 - place) * always
    return shares


def _summed(values: Floats, groups: Sequence[Hashable]) -> Floats:
    """Sum the rows of each group."""
    number = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    sums = np.zeros((len(number), values.shape[1]))
    np.add.at(sums, np.array([number[group] for group in groups], dtype=int), values)
    return sums


def _mean(parts: Floats, column: int) -> Estimate:
    return _FULL.estimate(parts[:, [column, _N]], mean)


def _over_best(sums: Floats) -> Floats:
    return ratio(sums[..., _CHOSEN] - sums[..., _BEST], sums[..., _N])


def _recovered(sums: Floats) -> Floats:
    return ratio(sums[..., _CHOSEN] - sums[..., _BEST], _gap(sums[..., _ORACLE] - sums[..., _BEST]))


def _from_never(sums: Floats) -> Floats:
    return ratio(sums[..., _CHOSEN] - sums[..., _NEVER], _gap(sums[..., _ORACLE] - sums[..., _NEVER]))


def _apgr(sums: Floats) -> Floats:
    worse = sums[..., _NEVER] + sums[..., _ALWAYS] - sums[..., _BEST]
    return ratio(sums[..., _OVER_SHARES] - worse, _gap(sums[..., _BEST] - worse))


def _gap(difference: Floats) -> Floats:
    """Return the difference, with 0 for what is 0 but for rounding."""
    return np.where(np.abs(difference) < _LEAST_GAP, 0.0, difference)
