"""`cot_forced`: the reasoning is begun for the model, and every completion has a marker and an answer."""

import pytest

from annotator.options import OptionsError
from tests.workers.strategies.steps import PROMPT, completion, walk
from workers.engine import Message, Sampling, Thinking, Usage, load_backend
from workers.strategies import Item, Job, build_strategy, drive
from workers.strategies.cot_forced import OPENING


def test_the_models_turn_is_begun_and_the_answer_goes_on_after_the_marker():
    asks, outcome = walk("cot_forced", completion(" I name one that is sweet", "length"), " A fig.")
    begun = f"{OPENING} I name one that is sweet\nANSWER:"
    assert [ask.messages for ask in asks] == [
        (Message("user", PROMPT), Message("assistant", OPENING)),
        (Message("user", PROMPT), Message("assistant", begun)),
    ]
    assert [ask.step for ask in asks] == ["reasoning", "answer"]
    assert [ask.sampling for ask in asks] == [{"max_new_tokens": 120}, {}]
    assert {ask.thinking for ask in asks} == {Thinking(enabled=False)}
    assert outcome.completion == f"{begun} A fig."
    assert outcome.reasoning == "To obey every constraint, I name one that is sweet"
    assert (outcome.answer, outcome.split_status, outcome.finish_reason) == ("A fig.", "clean", "stop")
    assert outcome.usage == Usage(10, 8)


def test_a_model_that_writes_the_marker_and_ends_its_turn_is_asked_once():
    asks, outcome = walk("cot_forced", " I stay short.\nANSWER: A fig.")
    assert len(asks) == 1
    assert outcome.completion == f"{OPENING} I stay short.\nANSWER: A fig."
    assert (outcome.answer, outcome.split_status) == ("A fig.", "clean")


@pytest.mark.parametrize(
    "reasoned",
    [
        completion(" I stay short.\n\nANSWER: A fig, which", "length"),
        completion(" I stay short.\n\n**ANSWER:** A fig", "length"),
        completion(" I stay short.\n\nANSWER:\n", "stop"),
        completion(" I stay short.", "stop"),
    ],
    ids=["cut in the answer", "bold marker", "nothing after the marker", "no marker"],
)
def test_the_answer_is_always_written_whole_after_one_marker(reasoned):
    asks, outcome = walk("cot_forced", reasoned, " A fig, which is sweet.")
    assert asks[1].messages[-1].content == f"{OPENING} I stay short.\nANSWER:"
    assert (outcome.answer, outcome.split_status) == ("A fig, which is sweet.", "clean")


@pytest.mark.parametrize(
    ("reasoned", "reasoning"),
    [
        (" <think>sweet or sour", "sweet or sour"),
        ("\n<think>sweet</think> so a fig", "sweet"),
        ("\nTHINK: once more", "once more"),
        ("", "To obey every constraint,"),
        ("\n\n \n", "To obey every constraint,"),
    ],
)
def test_whatever_the_model_makes_of_its_reasoning_the_answer_is_clean(reasoned, reasoning):
    asks, outcome = walk("cot_forced", completion(reasoned, "length"), " A fig.")
    assert not asks[1].messages[-1].content[-1].isspace()
    assert reasoning in outcome.reasoning
    assert (outcome.answer, outcome.split_status) == ("A fig.", "clean")


@pytest.mark.parametrize(
    ("answer", "finish_reason", "kept", "status"),
    [
        (" A fig, or", "length", "A fig, or", "clean"),
        (" ", "stop", "", "empty"),
        (" <think>hm</think> A fig.", "stop", "A fig.", "clean"),
        (" A fig.\nANSWER: A plum.", "stop", "A fig.\nANSWER: A plum.", "clean"),
        ("\n\nTHINK: To obey, a fig.", "stop", "To obey, a fig.", "clean"),
    ],
)
def test_all_that_follows_the_marker_is_the_answer(answer, finish_reason, kept, status):
    _, outcome = walk("cot_forced", completion(" sweet", "length"), completion(answer, finish_reason))
    assert (outcome.answer, outcome.split_status, outcome.finish_reason) == (kept, status, finish_reason)


def test_what_a_model_thinks_apart_from_its_turn_is_reasoning_too():
    apart = completion(" sweet", "length", reasoning="Hm.", reasoning_kind="raw")
    _, outcome = walk("cot_forced", apart, " A fig.")
    assert (outcome.reasoning, outcome.answer) == ("Hm.\n\nTo obey every constraint, sweet", "A fig.")
    assert (outcome.split_status, outcome.reasoning_kind) == ("clean", "raw")


def test_the_prompt_stays_as_it_is():
    prompt = 'Use {prompt}, {braces} and "ANSWER:"\nas they are. \ud800'
    asks, _ = walk("cot_forced", " so", " A fig.", prompt=prompt)
    assert {ask.messages[0] for ask in asks} == {Message("user", prompt)}


def test_the_budget_is_a_parameter():
    asks, _ = walk("cot_forced", " so", " A fig.", parameters={"reasoning_tokens": 7})
    assert asks[0].sampling == {"max_new_tokens": 7}
    with pytest.raises(OptionsError, match="cot_forced: reasoning_tokens=0: give a number from 1 to 65536"):
        build_strategy("cot_forced", {"reasoning_tokens": 0})


def test_the_scripted_backend_reasons_and_answers_under_it():
    jobs = [
        Job(str(n), Item(f"Topic {n}: no commas."), build_strategy("cot_forced", {"reasoning_tokens": n}), Sampling())
        for n in (1, 5, 60)
    ]
    for result in drive(load_backend("scripted", "any", "", {}), jobs):
        assert result.outcome.split_status == "clean"
        assert result.outcome.reasoning.startswith("To obey every constraint,")
        assert result.outcome.answer
