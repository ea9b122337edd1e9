"""Table of ratings for the agreement coefficients: (case, annotator, value).

Owns the checks of the records and their coded form. Does not know what the values mean, nor any coefficient.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rating = tuple[Hashable, Hashable, Hashable]
"""(case, annotator, value). A missing rating has no record."""

NOT_JUDGED = -1  # the code of a missing rating


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Ratings of any number of annotators, each of whom may have rated only some of the cases."""

    annotators: tuple[Hashable, ...]
    categories: tuple[Hashable, ...]
    codes: NDArray[np.int64]  # (cases, annotators): the index of the category, or NOT_JUDGED

    @classmethod
    def of(cls, records: Iterable[Rating], *, categories: Sequence[Hashable] | None = None) -> "Ratings":
        """Code the records.

        `categories` are all values of the codebook, used or not (Gwet's AC1 counts them); by default the values that
        occur. Annotators and default categories are sorted by `repr`, so that the result does not depend on the order
        of the records. Raises ValueError for a case that one annotator rated twice, a value of None, and a value that
        is not among the categories.
        """
        values = _values_by_rating(records)
        cases = dict.fromkeys(case for case, _ in values)
        annotators = tuple(sorted({annotator for _, annotator in values}, key=repr))
        known = tuple(sorted(set(values.values()), key=repr)) if categories is None else tuple(categories)
        row, column, code = ({key: index for index, key in enumerate(keys)} for keys in (cases, annotators, known))
        codes = np.full((len(row), len(column)), NOT_JUDGED, dtype=np.int64)
        for (case, annotator), value in values.items():
            if value not in code:
                raise ValueError(
                    f"{_where(case, annotator)}: the value {value!r} is not one of the categories "
                    f"{', '.join(map(repr, known))}; add it to them or leave the record out"
                )
            codes[row[case], column[annotator]] = code[value]
        return cls(annotators=annotators, categories=known, codes=codes)

    @property
    def counts(self) -> NDArray[np.float64]:
        """(cases, categories): how many annotators assigned the category to the case."""
        chosen = self.codes[:, :, None] == np.arange(len(self.categories))  # (cases, annotators, categories)
        counts: NDArray[np.float64] = chosen.sum(axis=1, dtype=float)
        return counts


def presence(ratings: Iterable[tuple[Hashable, Hashable, Collection[Hashable] | None]], label: Hashable) -> Ratings:
    """Make yes/no ratings of one label, from (case, annotator, labels chosen).

    An annotator who chose only other labels, or none, rates it no. None means that the annotator did not see the
    labels; that is not a no, and is left out.
    """
    return Ratings.of(
        ((case, annotator, label in labels) for case, annotator, labels in ratings if labels is not None),
        categories=(False, True),
    )


def _values_by_rating(records: Iterable[Rating]) -> dict[tuple[Hashable, Hashable], Hashable]:
    values: dict[tuple[Hashable, Hashable], Hashable] = {}
    for case, annotator, value in records:
        if value is None:
            raise ValueError(f"{_where(case, annotator)}: the value is None; leave out what was not judged")
        if (case, annotator) in values:
            raise ValueError(f"{_where(case, annotator)}: judged twice; pass only the latest revision")
        values[case, annotator] = value
    return values


def _where(case: Hashable, annotator: Hashable) -> str:
    return f"case {case!r}, annotator {annotator!r}"
