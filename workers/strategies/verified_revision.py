"""The strategy `verified_revision`: the model revises its answer by what the checkers found in it.

An upper bound that self-reflection cannot reach, never a fair comparison: the checkers that decide its verdicts also
guide it (`StrategySpec.uses_checkers`).
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import ClassVar

from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.parameters import VerifiedRevisionParameters
from workers.engine import Completion, Thinking
from workers.strategies.checker_tool import answer_with_tool
from workers.strategies.findings import Findings, findings_on
from workers.strategies.first_answers import FIRST_ANSWERS
from workers.strategies.protocol import Ask, Decision, Item, Outcome
from workers.strategies.splitting import outcome_of
from workers.strategies.turns import turns_after

FOUND = "A program has checked your answer."
REVISE = "Write the whole answer to my request again, so that it obeys every constraint. Write the answer alone."


@dataclass(frozen=True, slots=True)
class _Draft:
    """An answer with what the checkers found in it; `step` is the model call that wrote it."""

    step: str
    outcome: Outcome
    findings: Findings

    @property
    def obeyed(self) -> int:
        return self.findings.counts["obeyed"]

    @property
    def violated(self) -> int:
        return self.findings.counts["violated"]


@dataclass(frozen=True, slots=True)
class VerifiedRevision:
    """Ask for an answer, show the findings, and keep the draft that obeys most constraints, the earliest of equals.

    With `tool` the model asks for the findings itself.
    """

    spec: ClassVar[StrategySpec] = strategy_spec("verified_revision")
    parameters: VerifiedRevisionParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        if self.parameters.tool:
            return (yield from answer_with_tool(item, checks=self.parameters.rounds))
        first = yield from FIRST_ANSWERS[self.parameters.first].start(item)
        drafts = [_Draft("answer", first, findings_on(first.answer, item))]
        while drafts[-1].violated and len(drafts) <= self.parameters.rounds and _is_new(drafts):
            drafts.append((yield from self._revision(item, drafts[-1], f"revision {len(drafts)}")))
        best = max(drafts, key=lambda draft: draft.obeyed)
        return replace(best.outcome, decision=_decision(best, revisions=len(drafts) - 1))

    def _revision(self, item: Item, draft: _Draft, step: str) -> Generator[Ask, Completion, _Draft]:
        request = "\n\n".join([FOUND, draft.findings.report(), REVISE])
        messages = turns_after(item.prompt, draft.outcome.answer, request)
        outcome = outcome_of((yield Ask(messages, step, thinking=Thinking(enabled=False))), "none")
        return _Draft(step, outcome, findings_on(outcome.answer, item))


def _is_new(drafts: list[_Draft]) -> bool:
    """Whether the last answer is none of the earlier ones: the same request would only be repeated."""
    return drafts[-1].outcome.answer not in [draft.outcome.answer for draft in drafts[:-1]]


def _decision(best: _Draft, *, revisions: int) -> Decision:
    return Decision(best.step, "the checkers", facts={"revisions": revisions, **best.findings.counts})
