"""Splits: what is held out is never trained on, and each prompt is tested once."""

from collections import Counter
from dataclasses import replace

import pytest

from annotator.routing.splits import SPLITS, folds_of
from tests.routing.planted import planted

PROMPTS = planted(90) + [replace(prompt, model="third") for prompt in planted(90)]  # equal prompts of several models


@pytest.mark.parametrize("split", SPLITS)
def test_each_prompt_is_tested_once_and_no_equal_one_is_trained_on(split: str) -> None:
    folds = folds_of(split, PROMPTS)
    tested = Counter(i for fold in folds for i in fold.test)
    assert set(tested.values()) == {1}
    assert len(tested) == len(PROMPTS)
    for fold in folds:
        assert not {PROMPTS[i].group for i in fold.train} & {PROMPTS[i].group for i in fold.test}


def test_held_out_kinds_never_leak_into_training() -> None:
    for fold in folds_of("kind", PROMPTS):
        held_out = set(fold.held_out.split(", "))
        assert all(PROMPTS[i].kinds[0] in held_out for i in fold.test)
        assert not held_out & {kind for i in fold.train for kind in PROMPTS[i].kinds}


@pytest.mark.parametrize(("split", "field"), [("dataset", "dataset"), ("model", "model")])
def test_a_held_out_dataset_or_model_is_not_trained_on(split: str, field: str) -> None:
    for fold in folds_of(split, PROMPTS):
        assert {getattr(PROMPTS[i], field) for i in fold.test} == {fold.held_out}
        assert fold.held_out not in {getattr(PROMPTS[i], field) for i in fold.train}


def test_a_held_out_number_of_constraints_is_not_trained_on() -> None:
    names = []
    for fold in folds_of("composition", PROMPTS):
        names.append(fold.held_out)
        assert not {len(PROMPTS[i].kinds) for i in fold.train} & {len(PROMPTS[i].kinds) for i in fold.test}
    assert names == ["1 constraints", "2 constraints"]


@pytest.mark.parametrize("split", ["dataset", "model", "composition"])
def test_with_one_alone_nothing_is_held_out(split: str) -> None:
    alone = [replace(prompt, dataset="one", model="one", kinds=prompt.kinds[:1]) for prompt in planted(30)]
    assert folds_of(split, alone) == []
