"""Judge tasks: claim scoring questions, ask the judge model, store its replies.

Owns how many tokens a reply may have. The wording of a call and the reading of a reply are ComplexBench's
(`annotator.constraints.complexbench`).
"""

import time
import uuid
from collections.abc import Generator
from typing import ClassVar

from annotator.constraints.complexbench.prompts import (
    PROMPT_VERSION,
    RESPONSE_CHARACTERS,
    ModelCall,
    extractor_call,
    judge_call,
)
from annotator.constraints.complexbench.question import question_of
from annotator.runs.models import JudgeReply, LanguageModel
from annotator.runs.services.judge_replies import judge_replies_claim, judge_reply_fail, judge_reply_finish
from annotator.strategies import StrategySpec
from annotator.studies.services import run_regrade
from workers.engine import Backend, Completion, Message, Sampling
from workers.strategies import Ask, Item, Job, Outcome, Result
from workers.strategies.splitting import outcome_of

THINKING_TOKENS = 1_024
"""Tokens for a model that thinks before its one word, or copies what it was shown."""
_REGRADE_EVERY_S = 10.0


class Judging:
    """The judge replies of one language model, under one claim."""

    def __init__(self, model: LanguageModel, backend: Backend, *, claim: uuid.UUID, worker: str) -> None:
        self._model, self._backend, self._claim, self._worker = model, backend, claim, worker
        self._changed_runs: set[int] = set()
        self._regraded_at = time.monotonic()

    def claim(self, limit: int) -> list[JudgeReply]:
        return judge_replies_claim(
            language_model_id=self._model.pk, claim=self._claim, worker=self._worker, limit=limit
        )

    def job(self, row: JudgeReply) -> Job:
        call, sampling = call_for(row), Sampling(max_new_tokens=reply_tokens(row))
        return Job(f"judge reply {row.pk}", Item(call.user), _JudgeStrategy(call.system), sampling)

    def store(self, row: JudgeReply, result: Result) -> bool:
        assert result.outcome is not None  # `Work.store` is for results with an outcome
        raw, truncated = result.outcome.completion, result.outcome.finish_reason == "length"
        self._changed_runs.add(row.generation.run_id)
        environment = self._backend.describe()
        return judge_reply_finish(reply=row, claim=self._claim, raw=raw, truncated=truncated, environment=environment)

    def fail(self, row: JudgeReply, sentence: str, result: Result | None = None) -> None:
        judge_reply_fail(reply=row, claim=self._claim, error=sentence)

    def settle(self, *, at_once: bool) -> None:
        """Bring the cases up to the new verdicts."""
        if at_once or time.monotonic() - self._regraded_at > _REGRADE_EVERY_S:
            for run_id in self._changed_runs:
                run_regrade(run_id=run_id)
            self._changed_runs.clear()
            self._regraded_at = time.monotonic()


def call_for(row: JudgeReply) -> ModelCall:
    """The model call of a question: for a yes or no, or for the segments that its rule is decided on."""
    language, question = row.constraint.kwargs["language"], question_of(row.constraint.kwargs)
    instruction, question_text = row.generation.prompt.text, question.text_in(language)
    if question.rule is None:
        return judge_call(language, instruction=instruction, response=row.text, question=question_text)
    return extractor_call(
        language, instruction=instruction, response=row.text, question=question_text, rule=question.rule
    )


def reply_tokens(row: JudgeReply) -> int:
    """How many tokens the reply may have: an extractor may have to copy all that it is shown."""
    copied = len(row.text[:RESPONSE_CHARACTERS]) if row.role == JudgeReply.Role.EXTRACTOR else 0
    return THINKING_TOKENS + copied


class _JudgeStrategy:
    """One call with a system message; the whole reply is the answer."""

    spec: ClassVar = StrategySpec(name="judge", version=PROMPT_VERSION, reasons=False, split="none")

    def __init__(self, system: str) -> None:
        self._system = system

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("system", self._system), Message("user", item.prompt)))
        return outcome_of(completion, self.spec.split)
