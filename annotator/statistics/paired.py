"""Pairing of two runs on the same items: counts for a test, Holm's correction.

Owns the pairing: results of different items raise ValueError and are not silently intersected. Does not know what an
item is; p-values and intervals are valid only for independent items, so pass prompts, not the constraints within them.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

from statsmodels.stats.multitest import multipletests

from annotator.statistics.paired_difference import PairedCounts

Key = TypeVar("Key", bound=Hashable)


def paired_counts(first: Mapping[Key, bool], second: Mapping[Key, bool]) -> PairedCounts:
    """Count how often both runs are right, only one of them, and neither. Raises ValueError where the items differ."""
    _refuse_unpaired(first, second)
    cells = Counter((bool(first[item]), bool(second[item])) for item in first)
    return PairedCounts(
        both=cells[True, True],
        only_first=cells[True, False],
        only_second=cells[False, True],
        neither=cells[False, False],
    )


def holm(p_values: Mapping[Key, float | None]) -> dict[Key, float | None]:
    """Adjust the p-values of a family of tests: Holm (1979), Scandinavian Journal of Statistics 6.

    A test without a p-value stays None and is not counted in the family.
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
