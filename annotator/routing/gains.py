"""Gains of routing: accuracy beside never, always and the oracle, gap recovered, APGR, tokens.

Pure. Accuracy is the mean share of a prompt's constraints that are obeyed. Every comparison is paired on the same
prompts, and intervals resample whole groups of equal prompts.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.statistics.bootstrap import Bootstrap, Floats, Formula, ratio
from annotator.statistics.estimates import Estimate

BOOTSTRAP = Bootstrap(resamples=10_000)
_OF_MEANS = Bootstrap()
_LEAST_GAP = 1e-9


@dataclass(frozen=True, slots=True)
class Gains:
    """Accuracies of the choices on the same prompts, and what the router's choice recovers.

    `recovered` is (router - best) / (oracle - best), where best is the better of never and always on these prompts, the
    same one in every resample: 0 is no gain over it, 1 is the oracle, and below 0 the router loses. `apgr` is
    RouteLLM's: the mean accuracy over all shares of reasoning, as a part of the way from never to always.
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
    routed = np.where(reasons, second, first)
    best = second if second.sum() > first.sum() else first
    columns = [
        np.ones(len(prompts)),
        first,
        second,
        np.maximum(first, second),
        routed,
        _over_shares(prompts, probabilities, folds),
        best,
    ]
    parts = _summed(np.column_stack(columns), prompts)
    return Gains(
        never=_mean(parts, 1),
        always=_mean(parts, 2),
        oracle=_mean(parts, 3),
        router=_mean(parts, 4),
        over_best=BOOTSTRAP.estimate(parts, _over_best),
        recovered=BOOTSTRAP.estimate(parts, _recovered),
        apgr=BOOTSTRAP.estimate(parts, _apgr),
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


def _over_shares(prompts: Sequence[LabelledPrompt], probabilities: Floats, folds: Sequence[Hashable]) -> Floats:
    """Return each prompt's mean accuracy over all shares of reasoning, the likeliest prompts of its fold first.

    A prompt at rank r of n (0 is the likeliest) reasons with every share from r / n on. Equal probabilities share the
    mean of their ranks.
    """
    place = np.empty(len(prompts))
    for fold in dict.fromkeys(folds):
        of_fold = np.array([other == fold for other in folds])
        values = probabilities[of_fold]
        above = (values[None, :] > values[:, None]).sum(axis=1)
        equal = (values[None, :] == values[:, None]).sum(axis=1)
        place[of_fold] = (above + equal / 2) / len(values)
    first, second = (np.array([getattr(prompt, side) for prompt in prompts]) for side in ("first", "second"))
    shares: Floats = place * first + (1 - place) * second
    return shares


def _summed(values: Floats, prompts: Sequence[LabelledPrompt]) -> Floats:
    """Sum the rows of each group of equal prompts."""
    rows: dict[str, list[int]] = defaultdict(list)
    for number, prompt in enumerate(prompts):
        rows[prompt.group].append(number)
    return np.array([values[of_group].sum(axis=0) for of_group in rows.values()]).reshape(-1, values.shape[1])


def _mean(parts: Floats, column: int) -> Estimate:
    formula: Formula = lambda sums: ratio(sums[..., column], sums[..., 0])  # noqa: E731
    return _OF_MEANS.estimate(parts, formula)


def _over_best(sums: Floats) -> Floats:
    return ratio(sums[..., 4] - sums[..., 6], sums[..., 0])


def _recovered(sums: Floats) -> Floats:
    return ratio(sums[..., 4] - sums[..., 6], _gap(sums[..., 3] - sums[..., 6]))


def _apgr(sums: Floats) -> Floats:
    return ratio(sums[..., 5] - sums[..., 1], _gap(sums[..., 2] - sums[..., 1]))


def _gap(difference: Floats) -> Floats:
    """Return the difference, with 0 for what is 0 but for rounding."""
    return np.where(np.abs(difference) < _LEAST_GAP, 0.0, difference)
