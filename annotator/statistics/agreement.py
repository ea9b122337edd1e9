"""Agreement on nominal values: percent, Cohen's kappa, Krippendorff's alpha, Gwet's AC1.

Owns the coefficients. Does not know what is rated; to get the coefficient of a subset (a kind, a pattern), filter the
records first. Values come from `krippendorff` and `statsmodels`; the formulas in this module compute AC1, which neither
has, and the bootstrap's resamples, for which calling a library 1,000 times would be too slow.

Notation: n[u, c] is the number of annotators who gave category c to case u, m[u] = sum over c of n[u, c].
"""

from collections.abc import Hashable
from itertools import combinations

import krippendorff
import numpy as np
from statsmodels.stats.inter_rater import cohens_kappa

from annotator.statistics.bootstrap import DEFAULT, Bootstrap, Floats, mean, ratio
from annotator.statistics.estimates import Estimate
from annotator.statistics.records import NOT_JUDGED, Ratings


def raw_agreement(ratings: Ratings, bootstrap: Bootstrap = DEFAULT) -> Estimate:
    """Share of pairs of annotators who agree, averaged over the cases that two or more rated.

    Fleiss (1971), Psychological Bulletin 76, P-bar: the mean over u of sum over c of n[u, c] (n[u, c] - 1) /
    (m[u] (m[u] - 1)); with m[u] differing from case to case as in Gwet (2014), Handbook of Inter-Rater Reliability,
    4th edition, chapter 2. Not corrected for chance.
    """
    return bootstrap.estimate(_agreeing_share(_pairable(ratings.counts)), mean)


def krippendorff_alpha(ratings: Ratings, bootstrap: Bootstrap = DEFAULT) -> Estimate:
    """Krippendorff's alpha for nominal values, any number of annotators, missing ratings allowed.

    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: alpha = 1 - (n - 1) *
    (n - sum o[c, c]) / (n^2 - sum n[c]^2), over cases with two or more ratings; o[c, c] = sum over u of
    n[u, c] (n[u, c] - 1) / (m[u] - 1). "No variation" where all ratings are one category.
    """
    counts = _pairable(ratings.counts)
    matches = (counts * (counts - 1)).sum(axis=1) / (counts.sum(axis=1) - 1)
    return bootstrap.estimate(
        np.column_stack([counts, matches]),
        _alpha,
        library=lambda: float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")),
    )


def gwet_ac1(ratings: Ratings, bootstrap: Bootstrap = DEFAULT) -> Estimate:
    """Gwet's AC1, which stays near the raw agreement where one category is rare and kappa collapses.

    Gwet (2008), British Journal of Mathematical and Statistical Psychology 61; missing ratings as in Gwet (2014),
    Handbook of Inter-Rater Reliability, 4th edition, chapter 2: AC1 = (pa - pe) / (1 - pe),
    pe = sum over c of pi[c] (1 - pi[c]) / (q - 1), where pa is the raw agreement, pi[c] the mean of n[u, c] / m[u]
    over all rated cases, q the number of categories, used or not. "No variation" where there is one category only;
    `n` counts the cases that two or more rated.
    """
    counts = ratings.counts
    n_ratings = counts.sum(axis=1, keepdims=True)
    pairable = n_ratings[:, 0] >= 2
    agreeing = np.zeros((len(counts), 2))
    agreeing[pairable] = _agreeing_share(counts[pairable])
    return bootstrap.estimate(np.column_stack([agreeing, counts / n_ratings]), _ac1, n=int(pairable.sum()))


def cohen_kappas(ratings: Ratings, bootstrap: Bootstrap = DEFAULT) -> dict[tuple[Hashable, Hashable], Estimate]:
    """Cohen's kappa of every pair of annotators, over the cases that both rated.

    Cohen (1960), Educational and Psychological Measurement 20, equation 1: kappa = (po - pe) / (1 - pe).
    It is 0 where one of the two used one category only, whatever the other chose; "no variation" where both used the
    same one.
    """
    columns = dict(zip(ratings.annotators, ratings.codes.T, strict=True))
    categories = np.arange(len(ratings.categories))

    def kappa(first: Hashable, second: Hashable) -> Estimate:
        both = (columns[first] != NOT_JUDGED) & (columns[second] != NOT_JUDGED)
        by_first, by_second = (
            (columns[annotator][both, None] == categories).astype(float) for annotator in (first, second)
        )
        agreed = (by_first * by_second).sum(axis=1)
        return bootstrap.estimate(
            np.column_stack([by_first, by_second, agreed]),
            _kappa,
            library=lambda: float(cohens_kappa(by_first.T @ by_second, return_results=False)),
        )

    return {pair: kappa(*pair) for pair in combinations(ratings.annotators, 2)}


def _pairable(counts: Floats) -> Floats:
    """Keep the cases with two or more ratings."""
    pairable: Floats = counts[counts.sum(axis=1) >= 2]
    return pairable


def _agreeing_share(counts: Floats) -> Floats:
    """Return (cases, 2): the share of agreeing pairs of annotators, and the weight 1 for `mean`."""
    n_ratings = counts.sum(axis=1)
    share = (counts * (counts - 1)).sum(axis=1) / (n_ratings * (n_ratings - 1))
    return np.column_stack([share, np.ones(len(counts))])


def _alpha(sums: Floats) -> Floats:
    by_category, matches = sums[..., :-1], sums[..., -1]
    total = by_category.sum(axis=-1)
    return 1 - ratio((total - 1) * (total - matches), total**2 - (by_category**2).sum(axis=-1))


def _ac1(sums: Floats) -> Floats:
    agreement, shares = mean(sums), sums[..., 2:]
    prevalence = ratio(shares, shares.sum(axis=-1, keepdims=True))
    by_chance = ratio((prevalence * (1 - prevalence)).sum(axis=-1), np.array(shares.shape[-1] - 1.0))
    return ratio(agreement - by_chance, 1 - by_chance)


def _kappa(sums: Floats) -> Floats:
    """Compute kappa from whole numbers, so that it is NaN exactly where both used one and the same category."""
    by_first, by_second, agreed = np.split(sums, [sums.shape[-1] // 2, sums.shape[-1] - 1], axis=-1)
    total = by_first.sum(axis=-1)
    by_chance = (by_first * by_second).sum(axis=-1)
    return ratio(total * agreed[..., 0] - by_chance, total**2 - by_chance)
