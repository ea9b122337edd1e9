"""Guided repair: the model sees its prompt, the failing answer and what the checkers found, and reasons before."""

from collections.abc import Sequence
from typing import Any

from tests.workers.strategies.replies import ITEM, reply
from workers.engine import Completion
from workers.strategies import Ask, Outcome
from workers.strategies.guided_repair import FORM, GuidedRepair

FAILING = "A fig, or a plum, perhaps a pear."


def play(*replies: str | Completion, continues: bool = True, failing: str = FAILING) -> tuple[Sequence[Ask], Outcome]:
    strategy = GuidedRepair(failing=failing, continues=continues, reasoning_tokens=9)
    steps: Any = strategy.start(ITEM)
    asks = [next(steps)]
    for text in replies:
        try:
            asks.append(steps.send(reply(text) if isinstance(text, str) else text))
        except StopIteration as end:
            return asks, end.value
    raise AssertionError(asks[-1])


def test_the_request_has_the_failing_answer_the_evidence_and_each_constraint() -> None:
    asks, _ = play("THINK: no commas\nANSWER: A fig.", continues=False)
    assert [message.role for message in asks[0].messages] == ["user", "assistant", "user"]
    prompt, answer, request = (message.content for message in asks[0].messages)
    assert (prompt, answer) == (ITEM.prompt, FAILING)
    assert "These constraints are broken:" in request
    assert "2 commas" in request
    assert "name each:\n- No commas" in request
    assert request.endswith(FORM)


def test_reasoning_and_answer_are_split_at_the_markers() -> None:
    _, outcome = play("THINK: no commas, few words\nANSWER: A fig.", continues=False)
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("no commas, few words", "A fig.", "clean")


def test_a_completion_without_markers_is_all_answer() -> None:
    _, outcome = play("A fig.", continues=False)
    assert (outcome.reasoning, outcome.answer) == ("", "A fig.")


def test_where_the_model_continues_a_turn_its_reasoning_is_begun_for_it() -> None:
    asks, outcome = play(" I leave the commas out.", " A fig.")
    assert [ask.step for ask in asks] == ["reasoning", "answer"]
    assert asks[0].messages[-1].content == "THINK: To obey every constraint,"
    assert FORM not in asks[0].messages[-2].content
    assert outcome.reasoning == "To obey every constraint, I leave the commas out."
    assert outcome.answer == "A fig."


def test_where_it_cannot_continue_after_all_the_form_is_asked_for() -> None:
    refused = reply("", finish_reason="error", error="The chat template cannot continue a turn.")
    asks, outcome = play(refused, "THINK: none\nANSWER: A fig.")
    assert asks[1].messages[-1].content.endswith(FORM)
    assert (outcome.reasoning, outcome.answer) == ("none", "A fig.")


def test_an_empty_answer_is_no_blank_turn() -> None:
    asks, _ = play("A fig.", continues=False, failing=" ")
    assert asks[0].messages[1].content == "(nothing)"
