"""Few-shot: exactly the exemplars, in order, and the target last."""

import pytest

from tests.workers.strategies.replies import ITEM, play
from workers.engine import Message, Thinking

FIG = {"prompt": "Name a {fruit}.", "answer": "ANSWER 7: {prompt}", "reasoning": "REQUEST: {number}"}
PEA = {"prompt": "Name a vegetable.", "answer": "A pea.", "reasoning": "Green."}


def test_each_exemplar_is_a_turn_of_the_user_and_one_of_the_assistant() -> None:
    [ask] = play("few_shot", ["A plum."], exemplars=[FIG, PEA]).asks
    assert ask.messages == (
        Message("user", FIG["prompt"]),
        Message("assistant", FIG["answer"]),
        Message("user", PEA["prompt"]),
        Message("assistant", PEA["answer"]),
        Message("user", ITEM.prompt),
    )
    assert ask.thinking == Thinking(enabled=False)


def test_in_one_turn_the_target_comes_last() -> None:
    [ask] = play("few_shot", ["A plum."], exemplars=[FIG, PEA], as_turns=False).asks
    [message] = ask.messages
    parts = [FIG["prompt"], FIG["answer"], PEA["prompt"], PEA["answer"], ITEM.prompt]
    places = [message.content.index(part) for part in parts]
    assert places == sorted(places)
    assert message.content.endswith(f"\n\n{ITEM.prompt}")
    assert "Sweet" not in message.content


@pytest.mark.parametrize("as_turns", [True, False])
def test_with_reasoning_exemplars_and_target_have_the_form_of_cot(*, as_turns: bool) -> None:
    played = play("few_shot", ["THINK: sour\nANSWER: A plum."], exemplars=[FIG, PEA], as_turns=as_turns, reasoning=True)
    [ask], outcome = played.asks, played.outcome
    text = "\n".join(message.content for message in ask.messages)
    assert f"THINK: {PEA['reasoning']}\nANSWER: {PEA['answer']}" in text
    assert text.rindex(ITEM.prompt) > text.index(PEA["answer"])
    assert text.rstrip().endswith("ANSWER: <the final answer>")
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("sour", "A plum.", "clean")


def test_without_reasoning_all_of_the_reply_is_the_answer() -> None:
    outcome = play("few_shot", ["THINK: sour\nANSWER: A plum."], exemplars=[FIG]).outcome
    assert (outcome.reasoning, outcome.answer) == ("", "THINK: sour\nANSWER: A plum.")


@pytest.mark.parametrize("count", [1, 4, 64])
def test_the_number_of_exemplars_is_exact(count: int) -> None:
    exemplars = [{"prompt": f"p{number}", "answer": f"a{number}"} for number in range(count)]
    [ask] = play("few_shot", ["A plum."], exemplars=exemplars).asks
    assert len(ask.messages) == 2 * count + 1
