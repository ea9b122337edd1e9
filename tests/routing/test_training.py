"""Training: it finds what was planted and nothing in shuffled labels, and stays the same when it is stored."""

import json
from dataclasses import replace

import numpy as np
import pytest

from annotator.routing.errors import RoutingError
from annotator.routing.labelled_prompts import without_ties
from annotator.routing.reports import split_report
from annotator.routing.training import Settings, best_threshold, train_router, trainer_of
from annotator.strategies.routers import read_router
from annotator.strategies.text_router import TextRouter
from tests.routing.planted import planted, shuffled

FEATURES = [
    Settings(),
    Settings(features="wordllama"),
    pytest.param(Settings(features="minilm"), marks=pytest.mark.slow),
    Settings(calibration="isotonic"),
    Settings(ties="left_out"),
]


@pytest.mark.parametrize("settings", FEATURES, ids=str)
def test_it_finds_the_plant_in_prompts_that_it_did_not_see(settings: Settings) -> None:
    router = train_router(planted(), settings)
    unseen = planted(60, seed=1)
    decided = [router.probability(prompt.text) >= router.threshold for prompt in unseen if prompt.label != "tie"]
    assert decided == [prompt.helps for prompt in unseen if prompt.label != "tie"]


@pytest.mark.parametrize("features", ["tfidf", "wordllama", pytest.param("minilm", marks=pytest.mark.slow)])
def test_in_shuffled_labels_it_finds_nothing(features: str) -> None:
    report = split_report("random", shuffled(planted()), trainer_of(Settings(features=features)))  # type: ignore[arg-type]
    assert report.guessed is not None
    assert report.auroc is not None
    assert report.gains is not None
    for estimate, of_chance in (
        (report.guessed, report.majority),
        (report.auroc, 0.5),
        (report.gains.over_best, 0.0),
        (report.gains.recovered, 0.0),
    ):
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= of_chance <= estimate.high


def test_the_plant_is_found_on_held_out_prompts_with_every_gain() -> None:
    report = split_report("random", planted(), trainer_of(Settings()))
    assert report.auroc is not None
    assert report.auroc.value == 1.0
    assert report.gains is not None
    assert (report.gains.never.value, report.gains.always.value) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert report.gains.router.value == report.gains.oracle.value == 1.0
    assert report.gains.recovered.value == pytest.approx(1.0)
    assert report.tokens is not None
    assert report.tokens.never < report.tokens.router < report.tokens.always


@pytest.mark.parametrize("settings", FEATURES, ids=str)
def test_a_stored_and_loaded_router_predicts_identically(settings: Settings) -> None:
    router = train_router(planted(), settings)
    loaded = read_router(json.loads(json.dumps(router.to_json())))
    assert isinstance(loaded, TextRouter)
    texts = [prompt.text for prompt in planted(30, seed=2)]
    assert [loaded.probability(text) for text in texts] == [router.probability(text) for text in texts]


def test_the_same_prompts_and_settings_make_the_same_router() -> None:
    assert train_router(planted(), Settings()).hash == train_router(planted(), Settings()).hash


def test_terms_are_bounded() -> None:
    assert len(train_router(planted(), Settings(most_terms=7)).terms) == 7


def test_one_class_alone_is_refused() -> None:
    never = [replace(prompt, label="tie") for prompt in planted()]
    with pytest.raises(RoutingError, match="240 prompts are labelled, 0 of them as helped; a router needs 10"):
        train_router(never, Settings())


def test_ties_say_no_or_are_left_out() -> None:
    assert len(without_ties(planted(), "no")) == 240
    assert len(without_ties(planted(), "left_out")) == 160


def test_a_threshold_that_gains_nothing_never_reasons() -> None:
    hurt = [prompt for prompt in planted() if prompt.label == "hurt"]
    assert best_threshold(np.linspace(0, 0.9, len(hurt)), hurt) == 1.0
    helped = [prompt for prompt in planted() if prompt.helps]
    assert best_threshold(np.linspace(0, 0.9, len(helped)), helped) == 0.0
