"""Gains of routing: accuracy beside never, always and the oracle, gap recovered, APGR, tokens.

Pure. Accuracy is the mean share of a prompt's constraints that are obeyed. Every comparison is paired on the same
prompts, and intervals resample whole groups of equal prompts.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.statistics.baselines import compare_with_baselines, mean_over_shares
from annotator.statistics.bootstrap import Floats
from annotator.statistics.estimates import Estimate

_LEAST_GAP = 1e-9


@dataclass(frozen=True, slots=True)
class Gains:
    """Accuracies of the choices on the same prompts, and what the router's choice recovers.

    The formulas are those of `annotator.statistics.baselines`, where never and always say whether to reason.
    """

    never: Estimate
    always: Estimate
    oracle: Estimate
    router: Estimate
    over_best: Estimate
    recovered: Estimate
    apgr: Estimate
    reasoned: float
    """The share of prompts with which the router reasons."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Mean tokens a prompt of the choices, and what the ranking could save at equal accuracy.

    `equal_accuracy` is the least mean with which a threshold on the probabilities reaches the accuracy of the better
    fixed choice, and `saved` its saving as a share of that choice's tokens. The threshold is chosen on these same
    prompts, so both are bounds.
    """

    never: float
    always: float
    router: float
    equal_accuracy: float
    saved: float


def gains_of(
    prompts: Sequence[LabelledPrompt], probabilities: Floats, reasons: NDArray[np.bool_], folds: Sequence[Hashable]
) -> Gains:
    """Compare the router's decisions, made on prompts that it did not see, with the fixed choices and the oracle."""
    first, second = (np.array([getattr(prompt, side) for prompt in prompts]) for side in ("first", "second"))
    compared = compare_with_baselines(
        first,
        second,
        np.where(reasons, second, first),
        mean_over_shares(first, second, probabilities, folds),
        [prompt.group for prompt in prompts],
    )
    return Gains(
        never=compared.never,
        always=compared.always,
        oracle=compared.oracle,
        router=compared.chosen,
        over_best=compared.over_best,
        recovered=compared.recovered,
        apgr=compared.apgr,
        reasoned=float(reasons.mean()),
    )


def tokens_of(prompts: Sequence[LabelledPrompt], probabilities: Floats, reasons: NDArray[np.bool_]) -> Tokens | None:
    """Compare the tokens, None where a completion has none counted."""
    if any(prompt.first_tokens is None or prompt.second_tokens is None for prompt in prompts):
        return None
    first, second = (np.array([getattr(prompt, side) for prompt in prompts]) for side in ("first", "second"))
    cheap, dear = (
        np.array([getattr(prompt, side) for prompt in prompts], dtype=float)
        for side in ("first_tokens", "second_tokens")
    )
    order = np.argsort(-probabilities, kind="stable")
    accuracy = np.concatenate([[0.0], np.cumsum((second - first)[order])]) + first.sum()
    tokens = np.concatenate([[0.0], np.cumsum((dear - cheap)[order])]) + cheap.sum()
    best = max(first.sum(), second.sum())
    of_best = float(
        min(total for total, sums in ((cheap.sum(), first.sum()), (dear.sum(), second.sum())) if sums == best)
    )
    ranked = probabilities[order]
    ends = [k for k in range(len(order) + 1) if k in (0, len(order)) or ranked[k - 1] != ranked[k]]
    least = min(tokens[k] for k in ends if accuracy[k] >= best - _LEAST_GAP)
    n = len(prompts)
    return Tokens(
        never=float(cheap.mean()),
        always=float(dear.mean()),
        router=float(np.where(reasons, dear, cheap).mean()),
        equal_accuracy=float(least / n),
        saved=1 - float(least) / of_best if of_best else 0.0,
    )
