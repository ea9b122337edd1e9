"""Effect sizes of a paired difference: Cohen's h of two shares, odds ratio of the discordant pairs."""

from statsmodels.stats.proportion import proportion_confint, proportion_effectsize

from annotator.statistics.estimates import Estimate
from annotator.statistics.paired_difference import PairedCounts


def cohen_h(counts: PairedCounts) -> float | None:
    """Return Cohen's h of the two shares, second minus first; None without items.

    Cohen (1988), Statistical Power Analysis, chapter 6: 0.2 is small, 0.5 medium, 0.8 large. It does not use the
    pairing.
    """
    if not counts.n:
        return None
    first, second = counts.both + counts.only_first, counts.both + counts.only_second
    return float(proportion_effectsize(second / counts.n, first / counts.n))


def discordant_odds_ratio(counts: PairedCounts, *, confidence: float = 0.95) -> Estimate:
    """Return how many times as often only the second run is right as only the first, with the exact interval.

    The interval is that of Clopper and Pearson for the share of the second among the discordant pairs, as odds:
    Fagerland, Lydersen and Laake (2014), Statistics in Medicine 33, 2850. `n` counts the discordant pairs. Where the
    first alone is never right the ratio has no bound, so there is no value.
    """
    if not counts.discordant:
        return Estimate.missing(0, "no variation" if counts.n else "not enough data")
    if not counts.only_first:
        return Estimate.missing(counts.discordant, "not enough data")
    low, high = proportion_confint(counts.only_second, counts.discordant, alpha=1 - confidence, method="beta")
    return Estimate(
        value=counts.only_second / counts.only_first,
        low=float(low / (1 - low)),
        high=float(high / (1 - high)),
        n=counts.discordant,
    )
