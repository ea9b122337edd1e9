"""The strategy `self_reflection`: a first answer, then a call that judges and revises it.

The verdict line is read strictly: a reply that cannot be read keeps the first answer, and the decision says so.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import ClassVar

from annotator.constraints import split_completion
from annotator.constraints.messages import msg
from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.parameters import SelfReflectionParameters
from workers.engine import Completion
from workers.strategies.first_answers import FIRST_ANSWERS
from workers.strategies.protocol import Ask, Decision, Item, Outcome
from workers.strategies.splitting import outcome_of
from workers.strategies.turns import turns_after

REQUEST = """Check your answer against each constraint of my request.

Your first line is either VERDICT: KEEP or VERDICT: REVISE.
VERDICT: KEEP if the answer obeys every constraint; write nothing more then.
VERDICT: REVISE if it breaks one; then say which, and write ANSWER: and after it the whole revised answer."""

_VERDICT = re.compile(r"\s*VERDICT: (KEEP|REVISE)[^\S\n]*(?:\n|\Z)")
NO_VERDICT = msg("The reply does not begin with VERDICT: KEEP or VERDICT: REVISE, so the first answer was kept.")
NO_ANSWER = msg("The verdict was REVISE without a revised answer after ANSWER:, so the first answer was kept.")


@dataclass(frozen=True, slots=True)
class SelfReflection:
    """Ask for an answer, and let the model keep or revise it."""

    spec: ClassVar[StrategySpec] = strategy_spec("self_reflection")
    parameters: SelfReflectionParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        first = yield from FIRST_ANSWERS[self.parameters.first].start(item)
        reply = yield Ask(turns_after(item.prompt, first.answer, REQUEST), "reflection")
        revised = outcome_of(reply, self.spec.split)
        verdict = _verdict(reply)
        if verdict == "REVISE" and revised.split_status in ("clean", "repeated_marker"):
            return replace(revised, decision=Decision("reflection", "the model"))
        note = "" if verdict == "KEEP" else NO_ANSWER if verdict else NO_VERDICT
        return replace(first, decision=Decision("answer", "the model", note=str(note)))


def _verdict(reply: Completion) -> str:
    """Return KEEP, REVISE or "", from the first line after what the model thinks by itself."""
    match = _VERDICT.match(split_completion(reply.text, "none").answer)
    return match[1] if match else ""
