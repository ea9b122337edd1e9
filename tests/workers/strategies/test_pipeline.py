"""Pipeline: the complexity decides, and both decisions are kept."""

from typing import Any

import pytest

from tests.workers.strategies.replies import ITEM, NO_COMMA, WORDS, Played, play, reply
from workers.engine import Completion
from workers.strategies import Item, ItemConstraint

TWO = ItemConstraint("combination:two_responses", {})
YES = reply("Yes", probabilities={"Yes": 0.8, "No": 0.2})
FIRST = "THINK: sweet\nANSWER: A fig."
REPLIES: dict[str, list[str | Completion]] = {
    "self_reflection": [FIRST, "VERDICT: KEEP"],
    "self_selective": [YES, FIRST],
    "classifier_selective": ["A fig."],
}


def piped(strategy: str, *constraints: ItemConstraint, **parameters: Any) -> Played:
    return play("pipeline", REPLIES[strategy], Item(ITEM.prompt, constraints), **parameters)


@pytest.mark.parametrize(
    ("constraints", "parameters", "strategy", "complex_kinds"),
    [
        ([], {}, "self_reflection", []),
        ([NO_COMMA, WORDS], {}, "self_reflection", []),
        ([NO_COMMA, WORDS, WORDS], {}, "self_selective", []),
        ([TWO], {}, "self_selective", [TWO.kind]),
        ([TWO], {"complex_kinds": []}, "self_reflection", []),
        ([NO_COMMA], {"complex_from": 1}, "self_selective", []),
        ([NO_COMMA], {"when_simple": "classifier_selective"}, "classifier_selective", []),
        ([TWO], {"when_complex": "classifier_selective"}, "classifier_selective", [TWO.kind]),
    ],
)
def test_number_and_kinds_of_constraints_decide(
    constraints: list[ItemConstraint], parameters: dict[str, Any], strategy: str, complex_kinds: list[str]
) -> None:
    played = piped(strategy, *constraints, **parameters)
    assert played.outcome.answer == "A fig."
    decision = played.outcome.decision
    assert decision
    assert (decision.chose, decision.by) == (strategy, "the complexity")
    complex_from = parameters.get("complex_from", 3)
    assert decision.facts == {
        "constraints": len(constraints),
        "complex_from": complex_from,
        "complex_kinds": complex_kinds,
    }


def test_the_decision_of_the_chosen_strategy_is_kept_too() -> None:
    decision = piped("self_selective", TWO).outcome.decision
    assert decision
    assert decision.then
    assert (decision.then.chose, decision.then.probability, decision.then.threshold) == ("cot", 0.8, 0.5)


def test_the_chosen_strategy_has_its_own_parameters() -> None:
    doubtful = play(
        "pipeline", [YES, "A fig."], Item(ITEM.prompt, (TWO,)), self_selective={"threshold": 0.9}
    ).outcome.decision
    assert doubtful
    assert doubtful.then
    assert (doubtful.then.chose, doubtful.then.threshold) == ("base", 0.9)
    assert piped("self_reflection", self_reflection={"first": "base"}).asks[0].messages[0].content == ITEM.prompt
