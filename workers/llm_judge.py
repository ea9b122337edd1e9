"""Work on judge replies: the job of a waiting scoring question, and the storage of the judge's reply.

Owns the token limit of a reply. `annotator.constraints.complexbench` words the calls and reads the replies.
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
"""Tokens for a judge that thinks before it answers with one word; an extractor gets the copied text's length too."""
_REGRADE_EVERY_S = 10.0
"""The least time between two updates of cases, which read all verdicts of a run."""


class Judging:
    """The work (`workers.work.Work`) on the judge replies of one language model, under one claim."""

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
        """Update the cases of the runs with new verdicts."""
        if at_once or time.monotonic() - self._regraded_at > _REGRADE_EVERY_S:
            for run_id in self._changed_runs:
                run_regrade(run_id=run_id)
            self._changed_runs.clear()
            self._regraded_at = time.monotonic()


def call_for(row: JudgeReply) -> ModelCall:
    """Return the model call of a question: for yes or no, or for the segments to which its rule is applied."""
    language, question = row.constraint.kwargs["language"], question_of(row.constraint.kwargs)
    instruction, question_text = row.generation.prompt.text, question.text_in(language)
    if question.rule is None:
        return judge_call(language, instruction=instruction, response=row.text, question=question_text)
    return extractor_call(
        language, instruction=instruction, response=row.text, question=question_text, rule=question.rule
    )


def reply_tokens(row: JudgeReply) -> int:
    """Return the token limit of the reply: an extractor may have to copy the whole response."""
    copied = len(row.text[:RESPONSE_CHARACTERS]) if row.role == JudgeReply.Role.EXTRACTOR else 0
    return THINKING_TOKENS + copied


class _JudgeStrategy:
    """A strategy of one call with a system message, whose whole completion is the answer."""

    spec: ClassVar = StrategySpec(name="judge", version=PROMPT_VERSION, reasons=False, split="none")

    def __init__(self, system: str) -> None:
        self._system = system

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("system", self._system), Message("user", item.prompt)))
        return outcome_of(completion, self.spec.split)
