"""The checkers as a tool: drafts are checked, and the model's own answer is taken."""

from typing import Any

import pytest

from tests.workers.strategies.replies import ITEM, Played, play, reply
from tests.workers.strategies.test_verified_revision import BAD, GOOD, WORDY
from workers.engine import Completion, Message, ToolCall
from workers.strategies.checker_tool import ALL_OBEYED, NO_ANSWER, NO_MORE, TOOL, UNREADABLE


def check(*drafts: Any) -> Completion:
    calls = tuple(ToolCall("check_answer", {"answer": draft}) for draft in drafts)
    return reply("Let me check. <tool_call>", tool_calls=calls)


def played(*replies: str | Completion, rounds: int = 2) -> Played:
    return play("verified_revision", replies, tool=True, rounds=rounds)


def test_the_tool_is_offered_with_the_prompt_and_need_not_be_called() -> None:
    once = played(GOOD)
    [ask] = once.asks
    assert ask.tools == (TOOL,)
    assert ask.messages[0].content.startswith(ITEM.prompt)
    assert once.outcome.decision
    assert once.outcome.decision.facts == {"checks": 0, "obeyed": 2, "violated": 0, "unverifiable": 0}


def test_a_draft_is_checked_and_the_findings_are_the_tools_reply() -> None:
    twice = played(check(BAD), GOOD)
    assert twice.steps == ["answer", "answer after check 1"]
    request, turn, found = twice.asks[1].messages
    assert request == twice.asks[0].messages[0]
    assert turn == Message("assistant", "Let me check. <tool_call>")
    assert found.role == "tool"
    assert "- No commas: 2 commas, none allowed" in found.content
    assert (twice.outcome.answer, twice.outcome.completion) == (GOOD, GOOD)
    assert twice.outcome.decision
    assert (twice.outcome.decision.chose, twice.outcome.decision.by) == ("answer after check 1", "the model")
    assert twice.outcome.decision.facts["checks"] == 1


def test_each_of_several_calls_has_its_reply_and_the_last_check_says_so() -> None:
    final = played(check(GOOD, 7, GOOD), BAD).asks[-1].messages
    assert [message.role for message in final[2:]] == ["tool"] * 3
    assert [message.content for message in final[2:]] == [ALL_OBEYED, f"{UNREADABLE}\n\n{NO_MORE}", NO_MORE]


def test_the_models_answer_is_taken_though_a_draft_was_better() -> None:
    outcome = played(check(GOOD), BAD).outcome
    assert outcome.answer == BAD
    assert outcome.decision
    assert outcome.decision.facts == {"checks": 1, "obeyed": 0, "violated": 2, "unverifiable": 0}


@pytest.mark.parametrize("last", [check(BAD), reply("")])
def test_a_model_that_never_answers_leaves_its_best_draft_and_the_decision_says_so(last: Completion) -> None:
    outcome = played(check(BAD), check(WORDY), last).outcome
    assert (outcome.answer, outcome.completion) == (WORDY, "Let me check. <tool_call>")
    assert outcome.decision
    assert (outcome.decision.chose, outcome.decision.note) == ("answer after check 1", NO_ANSWER)
    assert outcome.decision.facts == {"checks": 2, "obeyed": 1, "violated": 1, "unverifiable": 0}


def test_an_empty_answer_without_any_draft_stays_empty() -> None:
    outcome = played("").outcome
    assert (outcome.answer, outcome.split_status) == ("", "empty")
