"""Guided repair: a failing answer is rewritten by what the checkers found, after reasoning.

No strategy of runs: its prompt comes with an answer that failed, its own or another model's. The wording is that of
`verified_revision`, with reasoning that leads to the answer; another wording needs a new `PROMPT_VERSION`.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from annotator.constraints.answer_form import ANSWER_PLACEHOLDER, THINK_PLACEHOLDER
from annotator.strategies import StrategySpec
from workers.engine import Completion, Thinking
from workers.strategies.constraint_words import constraint_list
from workers.strategies.cot_forced import ContinuationError, forced_turn
from workers.strategies.findings import findings_on
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import outcome_of
from workers.strategies.turns import turns_after
from workers.strategies.verified_revision import FOUND

REPAIR = "Write the whole answer to my request again, so that it obeys every constraint. Change as little as you can."
REASON = "Before it, think about how the answer obeys each of these, and name each:"
FORM = f"Use this format:\nTHINK: {THINK_PLACEHOLDER}\nANSWER: {ANSWER_PLACEHOLDER}"


@dataclass(frozen=True, slots=True)
class GuidedRepair:
    """Ask for reasoning about each constraint and for the failing answer rewritten.

    Where the model continues a turn, its reasoning is begun for it as in `cot_forced`, so that both parts are certain.
    Else, or where its chat template cannot after all, the form is asked for, and a completion without markers is all
    answer.
    """

    spec: ClassVar[StrategySpec] = StrategySpec(
        name="guided_repair", version="1", reasons=True, split="markers", reads_constraints=True, uses_checkers=True
    )
    failing: str
    continues: bool
    reasoning_tokens: int

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        parts = [FOUND, findings_on(self.failing, item).report(), REPAIR, f"{REASON}\n{constraint_list(item)}"]
        request = "\n\n".join(filter(None, parts))
        if self.continues:
            with suppress(ContinuationError):
                messages = turns_after(item.prompt, self.failing, request)
                return (yield from forced_turn(messages, self.reasoning_tokens, may_fail=True))
        messages = turns_after(item.prompt, self.failing, f"{request}\n\n{FORM}")
        return outcome_of((yield Ask(messages, thinking=Thinking(enabled=False))), self.spec.split)
