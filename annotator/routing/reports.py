"""Report of a router on held-out prompts, split by split: ranking, accuracy, tokens, rewordings. Pure.

Every decision is made by a router that was trained, calibrated and given its threshold without the prompt it decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.routing.calibration import Calibration, calibration_of, mean_of_groups
from annotator.routing.deciders import Decider, Trainer
from annotator.routing.errors import RoutingError
from annotator.routing.gains import Gains, Tokens, gains_of, tokens_of
from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.routing.ranking import auprc, auroc
from annotator.routing.rewording import REWORDINGS
from annotator.routing.splits import SPLITS, folds_of
from annotator.routing.training import labels_of
from annotator.statistics.bootstrap import Floats
from annotator.statistics.estimates import Estimate


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
    """Results of the router under one split; `missing` says why there are none, and is "" otherwise.

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
    calibration: Calibration | None = None
    gains: Gains | None = None
    tokens: Tokens | None = None
    steady: dict[str, float] | None = None


def report_of(
    prompts: Sequence[LabelledPrompt],
    trainer: Trainer,
    *,
    splits: Sequence[str] = tuple(SPLITS),
    seed: int = 0,
    on_split: Callable[[str], object] = lambda split: None,
) -> list[SplitReport]:
    """Return the report of these splits, in the order of SPLITS; `on_split` is called with each before it begins."""
    reports = []
    for split in SPLITS:
        if split in splits:
            on_split(split)
            reports.append(split_report(split, prompts, trainer, seed=seed))
    return reports


def split_report(split: str, prompts: Sequence[LabelledPrompt], trainer: Trainer, *, seed: int = 0) -> SplitReport:
    """Return the report of one split."""
    try:
        held = held_out_decisions(split, prompts, trainer, seed=seed)
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
        guessed=mean_of_groups(right, groups),
        auroc=auroc(labels, held.probabilities, groups, held.folds),
        auprc=auprc(labels, held.probabilities, groups, held.folds),
        calibration=calibration_of(labels, held.probabilities, groups),
        gains=gains_of(held.prompts, held.probabilities, held.reasons, held.folds),
        tokens=tokens_of(held.prompts, held.probabilities, held.reasons),
        steady={
            name: float((held.reworded[:, column] == held.reasons).mean()) for column, name in enumerate(REWORDINGS)
        },
    )


def held_out_decisions(
    split: str, prompts: Sequence[LabelledPrompt], trainer: Trainer, *, seed: int = 0
) -> Held | None:
    """Decide each held-out prompt by the router of its fold; None where there is nothing to hold out.

    Raises RoutingError where a fold's training has too few prompts of a class.
    """
    folds = folds_of(split, prompts, seed=seed)
    if not folds:
        return None
    decided = [_decided(trainer([prompts[i] for i in fold.train]), [prompts[i] for i in fold.test]) for fold in folds]
    return Held(
        prompts=[prompts[i] for fold in folds for i in fold.test],
        probabilities=np.concatenate([probabilities for probabilities, _, _ in decided]),
        reasons=np.concatenate([reasons for _, reasons, _ in decided]),
        reworded=np.concatenate([reworded for _, _, reworded in decided]),
        folds=[number for number, fold in enumerate(folds) for _ in fold.test],
        held_out=list(dict.fromkeys(fold.held_out for fold in folds)),
    )


def _decided(router: Decider, tested: Sequence[LabelledPrompt]) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the probability and decision of each prompt, and its decision in each rewording."""
    texts = [prompt.text for prompt in tested]
    rewordings = [[reword(text) for text in texts] for reword in REWORDINGS.values()]
    columns = [np.array(router.probabilities(column)) for column in (texts, *rewordings)]
    reworded = np.column_stack(columns[1:]) >= router.threshold
    return columns[0], columns[0] >= router.threshold, reworded
