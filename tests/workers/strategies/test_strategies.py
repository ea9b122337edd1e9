"""What each strategy asks, and what it makes of the completion."""

import pytest

from workers.engine import Completion, Message
from workers.strategies import strategy, strategy_names


def complete(name, text, finish_reason="stop", prompt="Name a fruit."):
    """Take one prompt through a one-step strategy; return what it asked and the outcome."""
    steps = strategy(name).start(prompt)
    ask = next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Completion("1", text, finish_reason, 5, 5, 0.1))
    return ask, end.value.value


def test_strategies_are_listed_by_name():
    assert strategy_names() == ["base", "cot"]
    assert [strategy(name).name for name in strategy_names()] == strategy_names()


def test_an_unknown_strategy_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"Unknown strategy 'tot'; known strategies: base, cot\."):
        strategy("tot")


def test_base_sends_the_prompt_alone_and_takes_everything_as_answer():
    ask, outcome = complete("base", "THINK: hm\nANSWER: fig")
    assert ask.messages == (Message("user", "Name a fruit."),)
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("", "THINK: hm\nANSWER: fig", "clean")


def test_cot_keeps_the_prompt_word_for_word_and_names_both_markers():
    prompt = 'Use {braces}, {prompt} and "quotes"\nas they are. \ud800'
    ask, _ = complete("cot", "ANSWER: fig", prompt=prompt)
    [message] = ask.messages
    assert message.role == "user"
    assert prompt in message.content
    assert message.content.index("THINK:") < message.content.index("ANSWER:")


@pytest.mark.parametrize(
    ("text", "finish_reason", "reasoning", "answer", "status"),
    [
        ("THINK: sweet\nANSWER: fig", "stop", "sweet", "fig", "clean"),
        ("ANSWER: fig", "length", "", "fig", "clean"),
        ("A fig.", "stop", "", "A fig.", "missing_marker"),
        ("THINK: sweet, or", "length", "sweet, or", "", "truncated"),
        ("THINK: sweet\nANSWER: fig\nANSWER: plum", "stop", "sweet\nANSWER: fig", "plum", "repeated_marker"),
        ("", "stop", "", "", "empty"),
    ],
)
def test_cot_records_how_the_completion_was_split(text, finish_reason, reasoning, answer, status):
    _, outcome = complete("cot", text, finish_reason)
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == (reasoning, answer, status)
    assert (outcome.completion, outcome.finish_reason) == (text, finish_reason)
