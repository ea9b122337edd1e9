"""Evaluation of decision pipelines: complexity chooses a strategy, on held-out prompts.

Pure. Nothing is generated: each strategy's results on every prompt are known, from runs of it, and a pipeline takes
that of the strategy it chooses. What it chooses by, the number of constraints, is set on the training folds alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.statistics.bootstrap import Bootstrap, Floats, ratio
from annotator.statistics.estimates import Estimate

COMPLEX_FROM = (1, 2, 3, 4)
"""Numbers of constraints from which on a prompt may count as complex; with 1 all are, and with 4 of IFEval none."""
_BOOTSTRAP = Bootstrap(resamples=10_000)


@dataclass(frozen=True, slots=True)
class Known:
    """Results that are known of every prompt: shares of obeyed constraints by strategy (prompts,), and what decides.

    `constraints` counts those of each prompt, `groups` names equal prompts alike, and `folds` numbers the fold in which
    a prompt is held out.
    """

    results: Mapping[str, Floats]
    constraints: NDArray[np.int64]
    groups: Sequence[str]
    folds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PipelineResult:
    """One pipeline end to end: its accuracy, beside that of the better of the fixed strategies on the same prompts.

    `complex_from` is the threshold of each fold, and `complex_share` the share of prompts that counted as complex.
    """

    when_simple: str
    when_complex: str
    accuracy: Estimate
    over_best: Estimate
    best: str
    complex_from: Sequence[int]
    complex_share: float


def pipeline_result(
    known: Known, when_simple: str, when_complex: str, *, fixed: Sequence[str], complex_from: int | None = None
) -> PipelineResult:
    """Evaluate one pipeline on held-out prompts. `fixed` are the strategies to compare with, each used alone.

    Without `complex_from` each fold has the number with which most constraints are obeyed on the other folds.
    """
    simple, dear = known.results[when_simple], known.results[when_complex]
    is_complex = np.zeros(len(simple), dtype=bool)
    chosen = []
    for fold in np.unique(known.folds):
        held_out = known.folds == fold
        least = complex_from or _best_number(known.constraints[~held_out], simple[~held_out], dear[~held_out])
        is_complex[held_out] = known.constraints[held_out] >= least
        chosen.append(least)
    best = max(fixed, key=lambda name: float(known.results[name].mean()))
    routed = np.where(is_complex, dear, simple)
    parts = _summed(np.column_stack([np.ones(len(routed)), routed, routed - known.results[best]]), known.groups)
    return PipelineResult(
        when_simple=when_simple,
        when_complex=when_complex,
        accuracy=_BOOTSTRAP.estimate(parts, lambda sums: ratio(sums[..., 1], sums[..., 0])),
        over_best=_BOOTSTRAP.estimate(parts, lambda sums: ratio(sums[..., 2], sums[..., 0])),
        best=best,
        complex_from=chosen,
        complex_share=float(is_complex.mean()),
    )


def _best_number(constraints: NDArray[np.int64], simple: Floats, dear: Floats) -> int:
    """Return the number of constraints from which on `dear` is used so that most are obeyed; of equals the largest."""
    return max(COMPLEX_FROM, key=lambda n: (round(float(np.where(constraints >= n, dear, simple).mean()), 9), n))


def _summed(values: Floats, groups: Sequence[str]) -> Floats:
    row = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    sums = np.zeros((len(row), values.shape[1]))
    np.add.at(sums, [row[group] for group in groups], values)
    return sums
