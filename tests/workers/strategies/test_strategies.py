"""Strategies: the messages of each, and the outcome it makes of a completion."""

import pytest

from annotator.options import OptionsError
from annotator.strategies import STRATEGIES
from tests.workers.strategies.contract import CONTRACT
from workers.engine import Completion, Message, Thinking, Usage
from workers.strategies import Item, build_strategy, strategy_names
from workers.strategies.splitting import outcome_of


def complete(name, text, finish_reason="stop", prompt="Name a fruit."):
    """Take one prompt through a one-step strategy; return its ask and the outcome."""
    steps = build_strategy(name, {}).start(Item(prompt))
    ask = next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Completion("1", text, finish_reason, Usage(5, 5), 0.1))
    return ask, end.value.value


def test_strategies_are_listed_by_name():
    assert strategy_names() == list(STRATEGIES)
    built = [build_strategy(name, CONTRACT[name][0].parameters) for name in strategy_names()]
    assert [strategy.spec for strategy in built] == list(STRATEGIES.values())


def test_an_unknown_strategy_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"Unknown strategy 'tot'; known strategies: base, cot, .*, pipeline\."):
        build_strategy("tot", {})


def test_base_sends_the_prompt_alone_and_takes_everything_as_answer():
    ask, outcome = complete("base", "THINK: hm\nANSWER: fig")
    assert ask.messages == (Message("user", "Name a fruit."),)
    assert ask.thinking == Thinking(enabled=False)
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("", "THINK: hm\nANSWER: fig", "clean")


@pytest.mark.parametrize(
    ("name", "completion"),
    [
        ("base", "<think>secret, thoughts</think>The answer is 42."),
        ("cot", "<think>secret, thoughts</think>The answer is 42."),
        ("cot", "THINK: secret,\nANSWER: <think>thoughts</think>The answer is 42."),
    ],
)
def test_what_a_model_thinks_by_itself_is_reasoning_under_every_strategy(name, completion):
    _, outcome = complete(name, completion)
    assert (outcome.answer, outcome.split_status, outcome.reasoning_kind) == ("The answer is 42.", "clean", "raw")
    assert "secret," in outcome.reasoning
    assert outcome.completion == completion


def test_a_copy_of_the_form_that_cot_asks_for_is_no_answer():
    ask, _ = complete("cot", "ANSWER: fig")
    form = ask.messages[0].content.partition("format:\n")[2]
    _, outcome = complete("cot", form)
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("", "", "empty")


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


def test_a_parameter_that_a_strategy_does_not_have_is_refused():
    with pytest.raises(OptionsError, match="parameters of base: unknown field 'shots'"):
        build_strategy("base", {"shots": 4})


def apart(text, finish_reason="stop", how="none", reasoning="A fruit, then.", kind="raw"):
    completion = Completion("1", text, finish_reason, Usage(), 0.1, reasoning=reasoning, reasoning_kind=kind)
    return outcome_of(completion, how)


@pytest.mark.parametrize("how", ["none", "markers"])
def test_reasoning_that_came_apart_is_the_reasoning_and_the_text_is_the_answer(how):
    outcome = apart("A fig.", how=how)
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("A fruit, then.", "A fig.", "clean")
    assert (outcome.completion, outcome.reasoning_kind) == ("A fruit, then.\n\nA fig.", "raw")


def test_markers_in_a_text_beside_its_reasoning_are_still_parted():
    outcome = apart("THINK: sweet\nANSWER: fig", how="markers")
    assert (outcome.reasoning, outcome.answer) == ("A fruit, then.\n\nsweet", "fig")
    assert outcome.split_status == "clean"


@pytest.mark.parametrize(("finish_reason", "status"), [("length", "truncated"), ("stop", "empty")])
def test_reasoning_without_a_text_is_cut_off_or_empty(finish_reason, status):
    outcome = apart("", finish_reason)
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("A fruit, then.", "", status)


def test_reasoning_that_the_provider_keeps_is_recorded_as_such():
    outcome = apart("A fig.", reasoning="", kind="omitted")
    assert (outcome.completion, outcome.reasoning, outcome.reasoning_kind) == ("A fig.", "", "omitted")


def test_reasoning_in_the_text_is_raw_and_an_answer_alone_has_none():
    assert complete("cot", "THINK: sweet\nANSWER: fig")[1].reasoning_kind == "raw"
    assert complete("base", "fig")[1].reasoning_kind == "none"


def test_a_refusal_is_an_outcome_like_any_other():
    _, outcome = complete("base", "I can't help with that.", "refusal")
    assert (outcome.answer, outcome.finish_reason) == ("I can't help with that.", "refusal")
