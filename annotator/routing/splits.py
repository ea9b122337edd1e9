"""Splits of labelled prompts into training and test: at random, or with something held out. Pure.

In every split equal prompts stay on one side, also those of several models; a prompt is tested once at most a model.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from annotator.routing.labelled_prompts import LabelledPrompt

FOLDS = 5
MODEL_FOLDS = 3
"""Folds of prompts within each model held out: 3 models make 9 fits."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Indices of the prompts to train on and to test on; `held_out` says what the training never saw."""

    held_out: str
    train: Sequence[int]
    test: Sequence[int]


def folds_of(split: str, prompts: Sequence[LabelledPrompt], *, folds: int = FOLDS, seed: int = 0) -> list[Fold]:
    """Return the folds of one of SPLITS, [] where the data has nothing to hold out."""
    made = SPLITS[split](prompts, folds, seed)
    return [fold for fold in made if fold.train and fold.test]


def _random(prompts: Sequence[LabelledPrompt], folds: int, seed: int) -> Iterator[Fold]:
    part = _parts({prompt.group for prompt in prompts}, folds, seed)
    for number in range(folds):
        yield _fold(f"part {number + 1}", prompts, lambda prompt, number=number: part[prompt.group] == number)  # type: ignore[misc]


def _kind(prompts: Sequence[LabelledPrompt], folds: int, seed: int) -> Iterator[Fold]:
    """Hold out groups of kinds: no prompt with any kind of the group is trained on.

    A prompt is tested in the fold of its first kind; its other kinds may have been seen.
    """
    part = _parts({kind for prompt in prompts for kind in prompt.kinds}, folds, seed)
    for number in range(folds):
        train = [i for i, prompt in enumerate(prompts) if all(part[kind] != number for kind in prompt.kinds)]
        test = [i for i, prompt in enumerate(prompts) if prompt.kinds and part[prompt.kinds[0]] == number]
        held_out = ", ".join(sorted(kind for kind, of_kind in part.items() if of_kind == number))
        yield Fold(held_out, _unseen(prompts, train, test), test)


def _composition(prompts: Sequence[LabelledPrompt], _folds: int, _seed: int) -> Iterator[Fold]:
    """Hold out prompts of one, of two, and of three constraints or more."""
    numbers = {min(len(prompt.kinds), 3) for prompt in prompts}
    for n in sorted(numbers) if len(numbers) > 1 else ():
        name = f"{n} or more constraints" if n == 3 else f"{n} constraints"
        yield _fold(name, prompts, lambda prompt, n=n: min(len(prompt.kinds), 3) == n)  # type: ignore[misc]


def _dataset(prompts: Sequence[LabelledPrompt], _folds: int, _seed: int) -> Iterator[Fold]:
    datasets = sorted({prompt.dataset for prompt in prompts})
    for name in datasets if len(datasets) > 1 else ():
        yield _fold(name, prompts, lambda prompt, name=name: prompt.dataset == name)  # type: ignore[misc]


def _model(prompts: Sequence[LabelledPrompt], _folds: int, seed: int) -> Iterator[Fold]:
    """Hold out a model and, in turn, a part of the prompts: neither was seen in training."""
    models = sorted({prompt.model for prompt in prompts})
    part = _parts({prompt.group for prompt in prompts}, MODEL_FOLDS, seed)
    for name in models if len(models) > 1 else ():
        for number in range(MODEL_FOLDS):
            test = [i for i, prompt in enumerate(prompts) if prompt.model == name and part[prompt.group] == number]
            train = [i for i, prompt in enumerate(prompts) if prompt.model != name and part[prompt.group] != number]
            yield Fold(name, train, test)


SPLITS: Mapping[str, Callable[[Sequence[LabelledPrompt], int, int], Iterator[Fold]]] = {
    "random": _random,
    "kind": _kind,
    "composition": _composition,
    "dataset": _dataset,
    "model": _model,
}
"""Every split by name, in the order in which reports list them."""


def _fold(held_out: str, prompts: Sequence[LabelledPrompt], tested: Callable[[LabelledPrompt], bool]) -> Fold:
    test = [i for i, prompt in enumerate(prompts) if tested(prompt)]
    train = [i for i, prompt in enumerate(prompts) if not tested(prompt)]
    return Fold(held_out, _unseen(prompts, train, test), test)


def _unseen(prompts: Sequence[LabelledPrompt], train: Sequence[int], test: Sequence[int]) -> list[int]:
    """Return the prompts of `train` whose text is not tested."""
    tested = {prompts[i].group for i in test}
    return [i for i in train if prompts[i].group not in tested]


def _parts(names: set[str], folds: int, seed: int) -> dict[str, int]:
    """Deal the names into parts of equal size, in an order drawn with the seed."""
    order = sorted(names)
    random.Random(seed).shuffle(order)
    return {name: number % folds for number, name in enumerate(order)}
