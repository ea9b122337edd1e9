"""Classifier-selective: the router decides before any call, and its decision is kept."""

import sys

import pytest

from annotator.strategies.text_router import TextRouter
from tests.workers.strategies.replies import ITEM, play
from workers.strategies import Item, ItemConstraint

JSON = Item("Answer in JSON.", (ItemConstraint("detectable_format:json_format", {}),))


@pytest.mark.parametrize(("item", "chose", "answer"), [(ITEM, "base", "THINK: a\nANSWER: b"), (JSON, "cot", "b")])
def test_the_kinds_of_the_constraints_choose_the_strategy(item: Item, chose: str, answer: str) -> None:
    played = play("classifier_selective", ["THINK: a\nANSWER: b"], item)
    assert ("THINK:" in played.asks[0].messages[0].content) == (chose == "cot")
    assert played.outcome.answer == answer
    assert played.outcome.decision
    assert (played.outcome.decision.chose, played.outcome.decision.by) == (chose, "the router")


def test_the_probability_the_threshold_and_the_routers_hash_are_kept() -> None:
    decision = play(
        "classifier_selective", ["a"], router={"bias": 0, "threshold": 0.25, "weights": {}}
    ).outcome.decision
    assert decision
    assert (decision.chose, decision.probability, decision.threshold) == ("cot", 0.5, 0.25)
    assert decision.facts["router"].startswith("router-1:")


@pytest.mark.parametrize(("prompt", "chose"), [("Write about tea.", "cot"), ("Write about rain.", "base")])
def test_a_trained_router_reads_the_prompt_without_scikit_learn(
    prompt: str, chose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)  # an import of it would raise
    router = TextRouter(kind="tfidf", bias=-1.0, weights=[2.0], terms=["tea"], idf=[1.0])
    played = play("classifier_selective", ["THINK: a\nANSWER: b"], Item(prompt), router=router.to_json())
    assert played.outcome.decision
    assert (played.outcome.decision.chose, played.outcome.decision.facts["router"]) == (chose, router.hash)
