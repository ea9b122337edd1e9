"""Work on judge replies: the job of a waiting scoring question, and the storage of the judge's reply.

Owns how a reply is asked for: a judge's yes or no by the probabilities of the two labels where the model has them, else
as a text of few tokens; an extractor's always as a text. `annotator.constraints.complexbench` words the calls and reads
the replies.
"""

import time
import uuid
from collections.abc import Callable, Generator
from typing import ClassVar

from annotator.claims import release_row
from annotator.constraints.complexbench.prompts import (
    LABELS,
    PROMPT_VERSION,
    RESPONSE_CHARACTERS,
    ModelCall,
    extractor_call,
    judge_call,
)
from annotator.constraints.complexbench.question import question_of
from annotator.constraints.think_blocks import think_blocks
from annotator.runs.models import JudgeReply, LanguageModel
from annotator.runs.services.judge_replies import judge_replies_claim, judge_reply_fail, judge_reply_finish
from annotator.sampling import CUT_OFF
from annotator.strategies import StrategySpec
from annotator.studies.services import run_regrade
from workers.engine import Backend, Completion, Message, Sampling, Thinking
from workers.generating import call_records
from workers.strategies import Ask, Item, Job, Outcome, Result
from workers.strategies.splitting import outcome_of

SHORT_REPLY_TOKENS = 16
"""Tokens for a judge's one word, with what models like to put around it."""
THINKING_TOKENS = 1_024
"""Tokens more for a reply that was cut off while the model was thinking."""
_COPY_SLACK_TOKENS = 64
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
        call, labels = call_for(row), self._labels(row)
        tokens = reply_tokens(row, self._backend.count_tokens)
        strategy = _JudgeStrategy(call.system, labels, tokens)
        return Job(f"judge reply {row.pk}", Item(call.user), strategy, Sampling(max_new_tokens=tokens))

    def store(self, row: JudgeReply, result: Result) -> bool:
        assert result.outcome is not None  # `Work.store` is for results with an outcome
        self._changed_runs.add(row.generation.run_id)
        probabilities = result.calls[-1].probabilities
        return judge_reply_finish(
            reply=row,
            claim=self._claim,
            raw=result.outcome.completion,
            truncated=result.outcome.finish_reason in CUT_OFF,
            probability=probabilities[_labels_of(row)[0]] if probabilities else None,
            environment=self._backend.describe(),
            calls=call_records(result),
        )

    def fail(self, row: JudgeReply, sentence: str, result: Result | None = None) -> None:
        calls = call_records(result) if result else []
        judge_reply_fail(reply=row, claim=self._claim, error=sentence, calls=calls)

    def is_wanted(self, row: JudgeReply) -> bool:
        return True

    def release(self, row: JudgeReply) -> None:
        release_row(row, claim=self._claim)

    def settle(self, *, at_once: bool) -> None:
        """Update the cases of the runs with new verdicts."""
        if at_once or time.monotonic() - self._regraded_at > _REGRADE_EVERY_S:
            for run_id in self._changed_runs:
                run_regrade(run_id=run_id)
            self._changed_runs.clear()
            self._regraded_at = time.monotonic()

    def _labels(self, row: JudgeReply) -> tuple[str, ...]:
        """The labels that the model is offered: none for an extractor, or where it has no probabilities of them."""
        has_probabilities = "probabilities" in self._model.offers
        return _labels_of(row) if has_probabilities and row.role == JudgeReply.Role.JUDGE else ()


def _labels_of(row: JudgeReply) -> tuple[str, str]:
    return LABELS[row.constraint.kwargs["language"]]


def call_for(row: JudgeReply) -> ModelCall:
    """Return the model call of a question: for yes or no, or for the segments to which its rule is applied."""
    language, question = row.constraint.kwargs["language"], question_of(row.constraint.kwargs)
    instruction, question_text = row.generation.prompt.text, question.text_in(language)
    if question.rule is None:
        return judge_call(language, instruction=instruction, response=row.text, question=question_text)
    return extractor_call(
        language, instruction=instruction, response=row.text, question=question_text, rule=question.rule
    )


def reply_tokens(row: JudgeReply, count: Callable[[str], int]) -> int:
    """Return the token limit of a reply without thinking; `count` counts the tokens of a text.

    An extractor may have to copy the whole response, with marks between its parts.
    """
    if row.role == JudgeReply.Role.JUDGE:
        return SHORT_REPLY_TOKENS
    return 2 * count(row.text[:RESPONSE_CHARACTERS]) + _COPY_SLACK_TOKENS


class _JudgeStrategy:
    """A strategy of one call with a system message, whose whole completion is the answer.

    With `labels` the model chooses one in one step, without thinking; where it cannot, and without labels, it writes a
    text. A text that is cut off while the model thinks is asked for once more, with tokens for the thinking.
    """

    spec: ClassVar = StrategySpec(name="judge", version=PROMPT_VERSION, reasons=False, split="none")

    def __init__(self, system: str, labels: tuple[str, ...], tokens: int) -> None:
        self._system, self._labels, self._tokens = system, labels, tokens

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        messages = (Message("system", self._system), Message("user", item.prompt))
        if self._labels:
            chosen = yield Ask(
                messages, step="label", thinking=Thinking(enabled=False), choices=self._labels, may_fail=True
            )
            if chosen.finish_reason != "error":
                return outcome_of(chosen, self.spec.split)
        completion = yield Ask(messages)
        if _cut_off_while_thinking(completion):
            longer = {"max_new_tokens": self._tokens + THINKING_TOKENS}
            completion = yield Ask(messages, step="answer after thinking", sampling=longer)
        return outcome_of(completion, self.spec.split)


def _cut_off_while_thinking(completion: Completion) -> bool:
    if not completion.cut_off:
        return False
    in_text = think_blocks(completion.text)
    return completion.reasoned_separately or bool(completion.usage.reasoning_tokens or in_text)
