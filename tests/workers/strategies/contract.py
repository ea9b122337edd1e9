"""The table of all strategies for the contract tests: parameters, and replies that lead through every branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.workers.strategies.replies import ITEM, reply
from workers.engine import Completion, ToolCall
from workers.strategies import Item, ItemConstraint

JSON_ITEM = Item("Answer in JSON.", (ItemConstraint("detectable_format:json_format", {}),))
EXEMPLARS = [{"prompt": "Name a nut.", "answer": "A hazelnut.", "reasoning": "A tree grows it."}]
FIRST = "THINK: sweet\nANSWER: A fig, or a plum, perhaps."
CHECK = reply("<tool_call>", tool_calls=(ToolCall("check_answer", {"answer": "A fig, or a plum."}),))
DRAFTS = [f"A fig, a plum or the number {number}." for number in range(11)]
YES, NO = (reply(label, probabilities={"Yes": yes, "No": 1 - yes}) for label, yes in (("Yes", 0.8), ("No", 0.3)))


@dataclass(frozen=True)
class Branch:
    """One way through a strategy: what the model replies, and on which item."""

    replies: Sequence[str | Completion]
    item: Item = ITEM
    parameters: Mapping[str, Any] = field(default_factory=dict)


CONTRACT: Mapping[str, Sequence[Branch]] = {
    "base": [Branch(["A fig."])],
    "cot": [Branch([FIRST])],
    "cot_forced": [Branch([" it is sweet.", "A fig."])],
    "thinking": [Branch(["<think>sweet</think>A fig."])],
    "few_shot": [
        Branch(["A fig."], parameters={"exemplars": EXEMPLARS, "as_turns": as_turns, "reasoning": reasoning})
        for as_turns in (True, False)
        for reasoning in (True, False)
    ],
    "self_reflection": [
        Branch([FIRST, "VERDICT: REVISE\nANSWER: A fig."]),
        Branch(["A fig.", "VERDICT: KEEP"], parameters={"first": "base"}),
        Branch([" it is sweet.", "A fig.", "VERDICT: KEEP"], parameters={"first": "cot_forced"}),
    ],
    "restate": [Branch(["No commas.", "A fig."])],
    "self_selective": [Branch([YES, FIRST]), Branch([NO, "A fig."])],
    "classifier_selective": [Branch(["A fig."]), Branch([FIRST], JSON_ITEM)],
    "verified_revision": [
        Branch([FIRST, "A fig or a plum or something.", "A fig."]),
        Branch([" it is", *DRAFTS], parameters={"first": "cot_forced", "rounds": 10}),
        Branch([CHECK, CHECK, "A fig."], parameters={"tool": True, "rounds": 2}),
    ],
    "pipeline": [
        Branch([FIRST, "VERDICT: KEEP"]),
        Branch([YES, FIRST], parameters={"complex_from": 1}),
        Branch([" it is", "A fig.", "VERDICT: KEEP"], parameters={"self_reflection": {"first": "cot_forced"}}),
    ],
}
"""The first branch of each strategy has the parameters of every other test of it."""
