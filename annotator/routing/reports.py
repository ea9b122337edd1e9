"""Report of a router on held-out prompts, split by split: ranking, accuracy, tokens, rewordings. Pure.

Every decision is made by a router that was trained, calibrated and given its threshold without the prompt it decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.routing.errors import RoutingError
from annotator.routing.gains import Gains, Tokens, gains_of, tokens_of
from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.routing.ranking import auprc, auroc
from annotator.routing.rewording import REWORDINGS
from annotator.routing.splits import SPLITS, folds_of
from annotator.routing.training import Settings, labels_of, train_router
from annotator.statistics.bootstrap import Bootstrap, Floats, mean
from annotator.statistics.estimates import Estimate
from annotator.strategies.text_router import TextRouter


@dataclass(frozen=True, slots=True)
class Held:
    """Decisions on held-out prompts: the prompts, the probability and decision of each, and the folds."""

    prompts: Sequence[LabelledPrompt]
    probabilities: Floats
    reasons: NDArray[np.bool_]
    reworded: NDArray[np.bool_]  # (prompts, rewordings)
    folds: Sequence[int]  # the number of the fold of each prompt
    held_out: Sequence[str]  # what the folds hold out


@dataclass(frozen=True, slots=True)
class SplitReport:
    """How the router fares under one split; `missing` says why there is nothing, and is "" otherwise.

    `base_rate` is the share of helped prompts, `majority` the accuracy of always guessing the larger class, and
    `guessed` that of guessing helped from a probability of one half on. `steady` is the share of decisions that each
    rewording leaves as they are.
    """

    split: str
    missing: str = ""
    n: int = 0
    prompts: int = 0
    folds: Sequence[str] = ()
    base_rate: float = 0
    majority: float = 0
    guessed: Estimate | None = None
    auroc: Estimate | None = None
    auprc: Estimate | None = None
    gains: Gains | None = None
    tokens: Tokens | None = None
    steady: dict[str, float] | None = None


def report_of(prompts: Sequence[LabelledPrompt], settings: Settings) -> list[SplitReport]:
    """Return the report of every split, in the order of SPLITS."""
    return [split_report(split, prompts, settings) for split in SPLITS]


def split_report(split: str, prompts: Sequence[LabelledPrompt], settings: Settings) -> SplitReport:
    """Return the report of one split."""
    try:
        held = held_out_decisions(split, prompts, settings)
    except RoutingError as error:
        return SplitReport(split, missing=str(error))
    if held is None:
        return SplitReport(split, missing="the data has one alone, so that nothing can be held out")
    labels = labels_of(held.prompts)
    groups = [prompt.group for prompt in held.prompts]
    base_rate = float(labels.mean())
    right = ((held.probabilities >= 0.5) == (labels == 1)).astype(float)
    return SplitReport(
        split,
        n=len(held.prompts),
        prompts=len(set(groups)),
        folds=held.held_out,
        base_rate=base_rate,
        majority=max(base_rate, 1 - base_rate),
        guessed=_mean_of_groups(right, groups),
        auroc=auroc(labels, held.probabilities, groups, held.folds),
        auprc=auprc(labels, held.probabilities, groups, held.folds),
        gains=gains_of(held.prompts, held.probabilities, held.reasons, held.folds),
        tokens=tokens_of(held.prompts, held.probabilities, held.reasons),
        steady={
            name: float((held.reworded[:, column] == held.reasons).mean()) for column, name in enumerate(REWORDINGS)
        },
    )


def held_out_decisions(split: str, prompts: Sequence[LabelledPrompt], settings: Settings) -> Held | None:
    """Decide each held-out prompt by the router of its fold; None where there is nothing to hold out.

    Raises RoutingError where a fold's training has too few prompts of a class.
    """
    folds = folds_of(split, prompts, seed=settings.seed)
    if not folds:
        return None
    tested, probabilities, reasons, reworded, of_fold = [], [], [], [], []
    for number, fold in enumerate(folds):
        router = train_router([prompts[i] for i in fold.train], settings)
        for i in fold.test:
            probability = router.probability(prompts[i].text)
            tested.append(prompts[i])
            probabilities.append(probability)
            reasons.append(probability >= router.threshold)
            reworded.append(_reworded_decisions(router, prompts[i].text))
            of_fold.append(number)
    held_out = list(dict.fromkeys(fold.held_out for fold in folds))
    return Held(tested, np.array(probabilities), np.array(reasons), np.array(reworded), of_fold, held_out)


def _reworded_decisions(router: TextRouter, prompt: str) -> list[bool]:
    return [router.probability(reword(prompt)) >= router.threshold for reword in REWORDINGS.values()]


def _mean_of_groups(values: Floats, groups: Sequence[str]) -> Estimate:
    row = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    parts = np.zeros((len(row), 2))
    np.add.at(parts, [row[group] for group in groups], np.column_stack([values, np.ones(len(values))]))
    return Bootstrap().estimate(parts, mean)
