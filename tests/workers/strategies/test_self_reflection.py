"""Self-reflection: the verdict line is read strictly, and both texts are kept as model calls."""

import pytest

from tests.workers.strategies.replies import ITEM, play, reply
from workers.engine import Message
from workers.strategies.self_reflection import NO_ANSWER, NO_VERDICT, REQUEST

FIRST = "THINK: sweet\nANSWER: A fig, perhaps."


def test_the_model_sees_the_prompt_its_answer_and_the_request_to_judge_it() -> None:
    played = play("self_reflection", [FIRST, "VERDICT: KEEP"])
    assert played.steps == ["answer", "reflection"]
    assert played.asks[1].messages == (
        Message("user", ITEM.prompt),
        Message("assistant", "A fig, perhaps."),
        Message("user", REQUEST),
    )


@pytest.mark.parametrize(
    "verdict", ["VERDICT: KEEP", "\nVERDICT: KEEP \nANSWER: plum", "<think>hm</think>VERDICT: KEEP"]
)
def test_an_answer_that_is_kept_keeps_its_reasoning(verdict: str) -> None:
    outcome = play("self_reflection", [FIRST, verdict]).outcome
    assert (outcome.completion, outcome.reasoning, outcome.answer) == (FIRST, "sweet", "A fig, perhaps.")
    assert outcome.decision
    assert (outcome.decision.chose, outcome.decision.by, outcome.decision.note) == ("answer", "the model", "")


@pytest.mark.parametrize(
    ("revision", "answer", "status"),
    [
        ("VERDICT: REVISE\nANSWER: A fig.", "A fig.", "clean"),
        ("VERDICT: REVISE\nThere is a comma.\nANSWER:\nA fig.", "A fig.", "clean"),
        ("VERDICT: REVISE\nANSWER: A fig\nANSWER: A plum.", "A plum.", "repeated_marker"),
    ],
)
def test_a_revision_is_taken_as_it_was_written(revision: str, answer: str, status: str) -> None:
    outcome = play("self_reflection", [FIRST, revision]).outcome
    assert (outcome.completion, outcome.answer, outcome.split_status) == (revision, answer, status)
    assert outcome.reasoning.startswith("VERDICT: REVISE")
    assert outcome.decision
    assert (outcome.decision.chose, outcome.decision.note) == ("reflection", "")


@pytest.mark.parametrize(
    ("unreadable", "note"),
    [
        ("", NO_VERDICT),
        ("The answer is fine.", NO_VERDICT),
        ("verdict: revise\nANSWER: A plum.", NO_VERDICT),
        ("VERDICT: REVISED\nANSWER: A plum.", NO_VERDICT),
        ("VERDICT: KEEP or VERDICT: REVISE\nANSWER: A plum.", NO_VERDICT),
        ("I say:\nVERDICT: REVISE\nANSWER: A plum.", NO_VERDICT),
        ("VERDICT: REVISE", NO_ANSWER),
        ("VERDICT: REVISE\nA plum.", NO_ANSWER),
        ("VERDICT: REVISE\nANSWER:", NO_ANSWER),
    ],
)
def test_a_reply_that_cannot_be_read_keeps_the_first_answer_and_says_so(unreadable: str, note: str) -> None:
    outcome = play("self_reflection", [FIRST, unreadable]).outcome
    assert (outcome.completion, outcome.answer) == (FIRST, "A fig, perhaps.")
    assert outcome.decision
    assert (outcome.decision.chose, outcome.decision.note) == ("answer", note)


def test_a_reflection_that_was_cut_off_before_its_answer_keeps_the_first() -> None:
    cut_off = reply("VERDICT: REVISE\nThere is a", "length")
    outcome = play("self_reflection", [FIRST, cut_off]).outcome
    assert (outcome.answer, outcome.finish_reason) == ("A fig, perhaps.", "stop")
    assert outcome.decision
    assert outcome.decision.note == NO_ANSWER


def test_a_first_answer_that_is_empty_is_shown_as_nothing() -> None:
    played = play("self_reflection", [reply("THINK: sweet", "length"), "VERDICT: REVISE\nANSWER: A fig."])
    assert played.asks[1].messages[1] == Message("assistant", "(nothing)")
    assert played.outcome.answer == "A fig."


def test_the_first_answer_may_come_without_reasoning() -> None:
    played = play("self_reflection", ["A fig, perhaps.", "VERDICT: KEEP"], first="base")
    assert played.asks[0].messages == (Message("user", ITEM.prompt),)
    assert (played.outcome.reasoning, played.outcome.answer) == ("", "A fig, perhaps.")
