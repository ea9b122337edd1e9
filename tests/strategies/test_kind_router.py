"""The router by constraint kinds: its probability, its hash, and what it refuses."""

from typing import Any

import pytest

from annotator.constraints import kinds
from annotator.options import OptionsError
from annotator.strategies.kind_router import DEFAULT_WEIGHTS, KindRouter

JSON, WORDS = "detectable_format:json_format", "length_constraints:number_words"


def test_every_default_weight_is_that_of_a_known_kind() -> None:
    assert set(DEFAULT_WEIGHTS) <= set(kinds())


@pytest.mark.parametrize(
    ("constraint_kinds", "expected"),
    [
        ([], 0.378),
        ([JSON], 0.622),
        ([JSON, JSON], 0.622),  # a repeated kind counts once
        ([WORDS], 0.182),
        ([JSON, WORDS], 0.378),
        ([JSON, "detectable_format:title", WORDS], 0.622),
        (["mine:unheard_of"], 0.378),
    ],
)
def test_structure_speaks_for_reasoning_and_length_against_it(constraint_kinds: list[str], expected: float) -> None:
    assert KindRouter().probability(constraint_kinds) == pytest.approx(expected, abs=0.001)


def test_extreme_weights_stay_probabilities() -> None:
    router = KindRouter(weights={f"k:{n}": 50 for n in range(900)} | {"n:0": -50, "n:1": -50})
    assert router.probability(router.weights) == pytest.approx(1)
    assert router.probability(["n:0", "n:1"]) == pytest.approx(0)


def test_the_hash_names_the_content_and_is_checked() -> None:
    router = KindRouter(bias=0, weights={JSON: 1})
    assert router.hash.startswith("router-1:")
    assert KindRouter.from_json(router.to_json()) == router
    assert KindRouter(bias=0.0, weights={JSON: 1.0}).hash == router.hash
    assert KindRouter(bias=0.1, weights={JSON: 1}).hash != router.hash
    with pytest.raises(OptionsError, match=f"the hash does not fit its content; leave it out, or give '{router.hash}'"):
        KindRouter(bias=0, weights={JSON: 1}, hash="router-1:00")


@pytest.mark.parametrize(
    ("router", "sentence"),
    [
        ({"kind": "forest"}, "router: unknown kind 'forest'; known kinds: constraint_kinds, tfidf, wordllama"),
        ({"threshold": 1.5}, "router: threshold=1.5: give a number from 0 to 1"),
        ({"weights": {JSON: "much"}}, f"router: the weight of '{JSON}' must be a number from -50 to 50, not 'much'"),
        ({"weights": {JSON: True}}, "must be a number from -50 to 50, not True"),
        ({"bias": float("nan")}, "router: the weight of 'bias' must be a number from -50 to 50, not nan"),
        ({"weights": {f"k:{n}": 1 for n in range(1001)}}, "router: weights: there are 1,001; give at most 1,000"),
        ({"leaves": 3}, "router: unknown field 'leaves'; known fields: kind, bias, weights, threshold, hash"),
    ],
)
def test_a_router_that_cannot_be_used_is_refused(router: Any, sentence: str) -> None:
    with pytest.raises(OptionsError, match=sentence):
        KindRouter.from_json(router)
