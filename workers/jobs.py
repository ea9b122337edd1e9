"""What a worker does with a task: claim rows, drive the engine, store what comes back.

Owns the path claim -> engine -> annotator services. Knows nothing of Celery. The rows are the truth: a job takes
whatever waits for its language model, from any run, until nothing waits.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator

from annotator.claims import release_claims
from annotator.runs.generations import GenerationResult, generation_fail, generation_finish, generations_claim
from annotator.runs.models import Generation, LanguageModel
from annotator.studies.services import run_pair
from workers.engine import Backend, PermanentEngineError, Sampling
from workers.holding import leases_kept
from workers.loading import loaded
from workers.strategies import Job, Result, drive, strategy

logger = logging.getLogger(__name__)

_PAIR_EVERY_S = 2.0


def generate(
    *,
    language_model_id: int,
    worker: str,
    keep_going: Callable[[], bool] = lambda: True,
    backend: Backend | None = None,
) -> int:
    """Generate until nothing waits for this language model; the number of generations stored.

    A model that cannot be loaded fails the waiting generations with its sentence, so that people see why.
    """
    model = LanguageModel.objects.get(pk=language_model_id)
    claim = uuid.uuid4()
    batch = _Batch(model, claim=claim, worker=worker)
    with leases_kept(claim):
        try:
            batch.backend = backend or loaded(model)
        except PermanentEngineError as error:
            return batch.fail_all(str(error))
        try:
            for result in drive(batch.backend, batch.jobs(), keep_going=keep_going):
                batch.store(result)
            return batch.stored
        finally:
            batch.pair(at_once=True)
            release_claims(claim=claim)


class _Batch:
    """The generations that this job holds, by id, from claim to storage."""

    def __init__(self, model: LanguageModel, *, claim: uuid.UUID, worker: str) -> None:
        self.stored = 0
        self.backend: Backend
        self._model, self._claim, self._worker = model, claim, worker
        self._held: dict[str, Generation] = {}
        self._unpaired: set[int] = set()
        self._paired_at = time.monotonic()

    def jobs(self) -> Iterator[Job]:
        """Claim as the engine has room: small first bites, so that the first cases are soon on screen."""
        bite = max(1, self.backend.batch_size // 2)
        while claimed := self._claimed(bite):
            for generation in claimed:
                run = generation.run
                yield Job(
                    id=str(generation.pk),
                    prompt=generation.prompt.text,
                    strategy=strategy(run.strategy),
                    sampling=Sampling.from_json(run.sampling),
                )
            bite = self.backend.batch_size

    def store(self, result: Result) -> None:
        generation = self._held.pop(result.job_id)
        if result.outcome is None:
            generation_fail(generation=generation, claim=self._claim, error=result.error)
        elif generation_finish(generation=generation, claim=self._claim, result=self._product(result)):
            self.stored += 1
        else:
            logger.warning("generation %s was claimed by somebody else meanwhile; this copy is dropped", generation.pk)
        self._unpaired.add(generation.run_id)
        self.pair()

    def pair(self, *, at_once: bool = False) -> None:
        """Make cases of the prompts whose two generations are now done; not after each one of a large run."""
        if at_once or time.monotonic() - self._paired_at > _PAIR_EVERY_S:
            for run_id in self._unpaired:
                run_pair(run_id=run_id)
            self._unpaired.clear()
            self._paired_at = time.monotonic()

    def fail_all(self, error: str) -> int:
        while claimed := self._claimed(500):
            for generation in claimed:
                generation_fail(generation=generation, claim=self._claim, error=error)
        return 0

    def _claimed(self, limit: int) -> list[Generation]:
        claimed = generations_claim(
            language_model_id=self._model.pk, claim=self._claim, worker=self._worker, limit=limit
        )
        self._held |= {str(generation.pk): generation for generation in claimed}
        return claimed

    def _product(self, result: Result) -> GenerationResult:
        outcome = result.outcome
        assert outcome is not None  # the caller looked
        return GenerationResult(
            completion=outcome.completion,
            reasoning=outcome.reasoning,
            answer=outcome.answer,
            split_status=outcome.split_status,
            finish_reason=outcome.finish_reason,
            prompt_tokens=sum(call.prompt_tokens for call in result.calls),
            reasoning_tokens=self.backend.count_tokens(outcome.reasoning),
            answer_tokens=self.backend.count_tokens(outcome.answer),
            completion_tokens=sum(call.completion_tokens for call in result.calls),
            latency_s=result.latency_s,
            calls=[call.to_json() for call in result.calls],
            made_with=self.backend.describe(),
        )
