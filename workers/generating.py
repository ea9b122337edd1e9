"""Generations as work: the job of a waiting generation, and its result as stored values."""

import time
import uuid

from annotator.runs.models import Generation, LanguageModel
from annotator.runs.services.generations import GenerationResult, generation_fail, generation_finish, generations_claim
from annotator.studies.services import run_pair
from workers.engine import Backend, Sampling
from workers.strategies import Item, Job, Result, build_strategy

_PAIR_EVERY_S = 2.0


class Generating:
    """The generations of one language model, under one claim."""

    def __init__(self, model: LanguageModel, backend: Backend, *, claim: uuid.UUID, worker: str) -> None:
        self._model, self._backend, self._claim, self._worker = model, backend, claim, worker
        self._unpaired: set[int] = set()
        self._paired_at = time.monotonic()

    def claim(self, limit: int) -> list[Generation]:
        return generations_claim(language_model_id=self._model.pk, claim=self._claim, worker=self._worker, limit=limit)

    def job(self, row: Generation) -> Job:
        return Job(
            id=f"generation {row.pk}",
            item=Item(row.prompt.text),
            strategy=build_strategy(row.run.strategy, {}),
            sampling=Sampling.from_json(row.run.sampling),
        )

    def store(self, row: Generation, result: Result) -> bool:
        self._unpaired.add(row.run_id)
        return generation_finish(generation=row, claim=self._claim, result=self._stored(result))

    def fail(self, row: Generation, sentence: str) -> None:
        generation_fail(generation=row, claim=self._claim, error=sentence)

    def settle(self, *, at_once: bool) -> None:
        """Make cases of the prompts whose two generations are now done."""
        if at_once or time.monotonic() - self._paired_at > _PAIR_EVERY_S:
            for run_id in self._unpaired:
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
            prompt_tokens=result.usage.prompt_tokens,
            reasoning_tokens=self._backend.count_tokens(outcome.reasoning),
            answer_tokens=self._backend.count_tokens(outcome.answer),
            completion_tokens=result.usage.completion_tokens,
            latency_s=result.latency_s,
            calls=[call.to_json() for call in result.calls],
            made_with=self._backend.describe(),
        )
