"""Restate: reasoning, then the constraints in the prompt's own words, then the answer."""

import pytest

from annotator.constraints.complexbench.question import KIND
from tests.workers.strategies.replies import ITEM, NO_COMMA, WORDS, play, reply
from workers.engine import Message, Thinking, Usage
from workers.strategies import Item, ItemConstraint
from workers.strategies.constraint_words import constraint_list
from workers.token_counts import token_counts


def test_the_constraints_stand_between_the_reasoning_and_the_answer() -> None:
    played = play("restate", ["No commas, then.", "A fig."])
    reasoning, answer = played.asks
    assert played.steps == ["reasoning", "answer"]
    assert reasoning.messages[0].content.startswith(ITEM.prompt)
    assert answer.messages[:2] == (reasoning.messages[0], Message("assistant", "No commas, then."))
    assert answer.messages[2].content.endswith("constraints:\n- No commas\n- Fewer than 5 words")
    assert answer.thinking == Thinking(enabled=False)
    outcome = played.outcome
    assert (outcome.reasoning, outcome.answer, outcome.split_status) == ("No commas, then.", "A fig.", "clean")
    assert (outcome.completion, outcome.reasoning_kind) == ("No commas, then.\n\nA fig.", "raw")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item("Use no\n commas.", (ItemConstraint("punctuation:no_comma", {}, (4, 14)),)), "- no commas"),
        (Item("Use no commas.", (ItemConstraint("punctuation:no_comma", {}, (0, 0)),)), "- No commas"),
        (Item(ITEM.prompt, (NO_COMMA, NO_COMMA, WORDS)), "- No commas\n- Fewer than 5 words"),
        (Item("Hello."), "- every constraint of the request"),
        (Item("x", (ItemConstraint(KIND, {"language": "en", "question_en": "Is\nit " + "long " * 30}),)), None),
    ],
)
def test_a_constraint_is_said_in_the_prompts_own_words_else_described(item: Item, expected: str | None) -> None:
    assert constraint_list(item) == (expected or "- Is it " + " ".join(["long"] * 30))


def test_the_reasoning_step_may_have_a_budget_of_its_own() -> None:
    assert play("restate", ["a", "b"], reasoning_tokens=20).asks[0].sampling == {"max_new_tokens": 20}
    assert play("restate", ["a", "b"]).asks[0].sampling == {}


@pytest.mark.parametrize(
    ("reasoned", "turn", "reasoning"),
    [
        (reply("", reasoning="Alone.", reasoning_kind="raw"), "Alone.", "Alone."),
        (reply("Said.", reasoning="Alone.", reasoning_kind="summary"), "Said.", "Alone.\n\nSaid."),
        (reply(""), "(nothing)", ""),
        (reply("Cut o", "length"), "Cut o", "Cut o"),
    ],
)
def test_all_that_the_first_call_wrote_is_reasoning(reasoned: object, turn: str, reasoning: str) -> None:
    played = play("restate", [reasoned, "A fig."])  # type: ignore[list-item]
    assert played.asks[1].messages[1].content == turn
    assert (played.outcome.reasoning, played.outcome.answer) == (reasoning, "A fig.")


def test_a_think_block_of_the_answer_is_reasoning_too() -> None:
    outcome = play("restate", ["First.", "<think>Then.</think>A fig."]).outcome
    assert (outcome.reasoning, outcome.answer) == ("First.\n\nThen.", "A fig.")


@pytest.mark.parametrize(("counted", "expected"), [(None, (2, 2, 0)), (0, (2, 2, 0)), (4, (12, 2, 0))])
def test_where_a_backend_counts_reasoning_all_of_the_first_call_is_reasoning(
    counted: int | None, expected: object
) -> None:
    reasoned = reply("No commas.", usage=Usage(5, 12 if counted else 2, counted))
    outcome = play("restate", [reasoned, reply("A fig.", usage=Usage(9, 2, counted and 0))]).outcome
    found = token_counts(outcome, outcome.usage, lambda text: len(text.split()))  # type: ignore[arg-type]
    assert tuple(found.values())[:3] == expected
