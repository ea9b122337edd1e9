"""Agreement on evidence spans: character-overlap F1 between annotators.

Owns the overlap of spans and how it is averaged. Does not know the texts, only their names and the offsets.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence

import numpy as np

from annotator.statistics.bootstrap import DEFAULT, Bootstrap, Floats, mean
from annotator.statistics.estimates import Estimate

Span = tuple[Hashable, int, int]
"""(name of the text, start, end): characters [start, end). To compare spans within one failure pattern only, make the
pattern part of the name."""

Marking = tuple[Hashable, Hashable, Collection[Span]]
"""(case, annotator, spans). Empty spans: the annotator marked nothing. No record: the annotator rated nothing."""


def span_f1(markings: Iterable[Marking], bootstrap: Bootstrap = DEFAULT) -> Estimate:
    """Character-overlap F1 between annotators, with every case weighing the same.

    For two annotators of a case, F1 = 2 |A and B| / (|A| + |B|), where A and B are the characters that each marked;
    a character marked twice by one annotator counts once. Then the mean over the case's pairs of annotators, then the
    mean over cases. Hripcsak and Rothschild (2005), JAMIA 12: the mean pairwise F-measure is the agreement to report
    where what nobody marked cannot be counted, and it is what kappa tends to.

    A pair of which neither marked anything does not say where the evidence is and is left out; where only one of two
    marked something, F1 is 0. `n` counts the cases with at least one pair left. Raises ValueError for an empty span and
    for two records of one annotator on one case.
    """
    scores = np.array([_mean_pair_f1(tuple(marked.values())) for marked in _by_case(markings).values()], dtype=float)
    scores = scores[~np.isnan(scores)]
    return bootstrap.estimate(np.column_stack([scores, np.ones_like(scores)]), mean)


def _by_case(markings: Iterable[Marking]) -> dict[Hashable, dict[Hashable, Collection[Span]]]:
    by_case: dict[Hashable, dict[Hashable, Collection[Span]]] = defaultdict(dict)
    for case, annotator, spans in markings:
        where = f"case {case!r}, annotator {annotator!r}"
        if annotator in by_case[case]:
            raise ValueError(f"{where}: marked twice; pass only the latest revision")
        for text, start, end in spans:
            if not 0 <= start < end:
                raise ValueError(f"{where}: the span [{start}, {end}) of {text!r} holds no character; leave it out")
        by_case[case][annotator] = spans
    return by_case


def _mean_pair_f1(marked: Sequence[Collection[Span]]) -> float:
    """Return the mean F1 over pairs of annotators; NaN where no pair marked anything."""
    overlap = _overlap(marked)
    sizes = np.diagonal(overlap)
    first, second = np.triu_indices(len(marked), k=1)
    both_sizes = sizes[first] + sizes[second]
    defined = both_sizes > 0
    return float((2 * overlap[first, second][defined] / both_sizes[defined]).mean()) if defined.any() else float("nan")


def _overlap(marked: Sequence[Collection[Span]]) -> Floats:
    """Return (annotators, annotators): how many characters both marked; on the diagonal, how many each marked.

    Each text is cut at every start and end, so that the cost grows with the spans and not with the text.
    """
    overlap = np.zeros((len(marked), len(marked)))
    for text in {name for spans in marked for name, _, _ in spans}:
        edges = sorted({edge for spans in marked for name, *ends in spans if name == text for edge in ends})
        covered = np.zeros((len(marked), len(edges) - 1))
        for row, spans in zip(covered, marked, strict=True):
            for name, start, end in spans:
                if name == text:
                    row[bisect_left(edges, start) : bisect_left(edges, end)] = 1
        overlap += (covered * np.diff(edges)) @ covered.T
    return overlap
