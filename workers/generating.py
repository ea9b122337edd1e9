"""Work on generations: the job of a waiting generation, and the storage of its result."""

import math
import time
import uuid
from dataclasses import asdict

from django.utils import timezone

from annotator.claims import release_row
from annotator.datasets.models import Constraint, Prompt
from annotator.runs.models import Generation, LanguageModel
from annotator.runs.selectors import running_run_ids, runs_reusing_since
from annotator.runs.services.generations import GenerationResult, generation_fail, generation_finish, generations_claim
from annotator.runs.services.model_calls import CallRecord
from annotator.studies.services import run_pair
from workers.engine import Backend, Sampling
from workers.strategies import Item, ItemConstraint, Job, Result, build_strategy
from workers.token_counts import token_counts

_PAIR_EVERY_S = 2.0
"""The least time between two searches for new cases, which cost a few queries a run."""

_RUN_STATUS_KEPT_S = 1.0
"""How long a paused or cancelled run may be unnoticed before a claimed row is begun."""


class Generating:
    """The work (`workers.work.Work`) on the generations of one language model, under one claim."""

    def __init__(self, model: LanguageModel, backend: Backend, *, claim: uuid.UUID, worker: str) -> None:
        self._model, self._backend, self._claim, self._worker = model, backend, claim, worker
        self._unpaired: set[int] = set()
        self._started = timezone.now()
        self._paired_at = time.monotonic()
        self._running: set[int] = set()
        self._running_read_at = -math.inf

    def claim(self, limit: int) -> list[Generation]:
        self._running_read_at = -math.inf  # a run may have been started since
        return generations_claim(language_model_id=self._model.pk, claim=self._claim, worker=self._worker, limit=limit)

    def job(self, row: Generation) -> Job:
        return generating_job(row)

    def store(self, row: Generation, result: Result) -> bool:
        self._unpaired.add(row.run_id)
        self._running_read_at = -math.inf  # the answer may use up the run's budget
        return generation_finish(generation=row, claim=self._claim, result=self._stored(result))

    def fail(self, row: Generation, sentence: str, result: Result | None = None) -> None:
        calls = call_records(result) if result else []
        generation_fail(generation=row, claim=self._claim, error=sentence, calls=calls)

    def is_wanted(self, row: Generation) -> bool:
        """Whether the row's run still runs, as it was up to `_RUN_STATUS_KEPT_S` ago."""
        if time.monotonic() - self._running_read_at > _RUN_STATUS_KEPT_S:
            self._running = running_run_ids(self._model.pk)
            self._running_read_at = time.monotonic()
        return row.run_id in self._running

    def release(self, row: Generation) -> None:
        release_row(row, claim=self._claim)

    def settle(self, *, at_once: bool) -> None:
        """Create cases from the prompts whose two generations are now done, those done by reuse included."""
        if at_once or time.monotonic() - self._paired_at > _PAIR_EVERY_S:
            for run_id in self._unpaired | runs_reusing_since(self._started):
                run_pair(run_id=run_id)
            self._unpaired.clear()
            self._paired_at = time.monotonic()

    def _stored(self, result: Result) -> GenerationResult:
        outcome = result.outcome
        assert outcome is not None  # `Work.store` is for results with an outcome
        return GenerationResult(
            completion=outcome.completion,
            reasoning=outcome.reasoning,
            answer=outcome.answer,
            split_status=outcome.split_status,
            finish_reason=outcome.finish_reason,
            reasoning_kind=outcome.reasoning_kind,
            prompt_tokens=result.usage.prompt_tokens,
            **token_counts(outcome, result.usage, self._backend.count_tokens),
            latency_s=result.latency_s,
            recorded_at=None,
            decision=asdict(outcome.decision) if outcome.decision else None,
            calls=call_records(result),
            environment=self._backend.describe(),
        )


def generating_job(row: Generation) -> Job:
    """Return the job of a generation, with prompt, constraints and run joined. Raises ValueError if it has none."""
    strategy = build_strategy(row.run.strategy, row.run.parameters)
    # What is no part of the fingerprint must not reach the strategy: its result may be reused elsewhere.
    constraints = item_constraints(row.prompt) if strategy.spec.reads_constraints else ()
    sampling = Sampling.from_json(row.run.sampling)
    return Job(f"generation {row.pk}", Item(row.prompt.text, constraints), strategy, sampling)


def item_constraints(prompt: Prompt) -> tuple[ItemConstraint, ...]:
    """Return the constraints of a prompt as a strategy reads them, in their order."""
    rows = sorted(prompt.constraints.all(), key=lambda row: row.position)
    return tuple(ItemConstraint(row.kind, row.kwargs, _span(row), row.scope) for row in rows)


def _span(constraint: Constraint) -> tuple[int, int] | None:
    start, end = constraint.span_start, constraint.span_end
    return None if start is None or end is None else (start, end)


def call_records(result: Result) -> list[CallRecord]:
    """Return the model calls of a job as services store them."""
    return [
        CallRecord(
            step=call.step,
            messages=[(message.role, message.content) for message in call.messages],
            thinking=asdict(call.thinking) if call.thinking else None,
            text=call.text,
            finish_reason=call.finish_reason,
            reasoning=call.reasoning,
            reasoning_kind=call.reasoning_kind,
            latency_s=call.latency_s,
            model=call.model,
            response_id=call.response_id,
            error=call.error,
            sampling=call.sampling.to_json(),
            tools=[tool.name for tool in call.tools],
            tool_calls=[asdict(tool_call) for tool_call in call.tool_calls],
            probabilities=call.probabilities,
            **asdict(call.usage),
        )
        for call in result.calls
    ]
