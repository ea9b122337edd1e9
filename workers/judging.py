"""What a worker does with a task to judge: claim questions, ask the model, store what it said.

Owns the path claim -> engine -> annotator services for judgements, and how many tokens a reply may have. The wording of
a call and the reading of a reply are ComplexBench's (`annotator.constraints.complexbench`). Knows nothing of Celery.
"""

import logging
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from typing import ClassVar

from annotator.claims import release_claims
from annotator.constraints.complexbench.prompts import (
    PROMPT_VERSION,
    RESPONSE_CHARACTERS,
    ModelCall,
    extractor_call,
    judge_call,
)
from annotator.constraints.complexbench.question import question_of
from annotator.runs.judgements import judgement_fail, judgement_finish, judgements_claim
from annotator.runs.models import Judgement, LanguageModel
from annotator.studies.services import run_regrade
from workers.engine import Backend, Completion, Message, PermanentEngineError, Sampling
from workers.holding import leases_kept
from workers.loading import loaded
from workers.strategies import Ask, Job, Outcome, Result, drive
from workers.strategies.splitting import outcome_of

logger = logging.getLogger(__name__)

THINKING_TOKENS = 1_024
"""Room for a model that thinks before it says its one word, or copies what it was shown."""
_REGRADE_EVERY_S = 10.0


def judge(
    *,
    language_model_id: int,
    worker: str,
    keep_going: Callable[[], bool] = lambda: True,
    backend: Backend | None = None,
) -> int:
    """Judge until nothing waits for this language model; the number of judgements stored.

    A model that cannot be loaded fails the waiting judgements with its sentence, so that people see why.
    """
    model = LanguageModel.objects.get(pk=language_model_id)
    claim = uuid.uuid4()
    bench = _Bench(model, claim=claim, worker=worker)
    with leases_kept(claim):
        try:
            backend = backend or loaded(model)
        except PermanentEngineError as error:
            return bench.fail_all(str(error))
        try:
            for result in drive(backend, bench.jobs(backend.batch_size), keep_going=keep_going):
                bench.store(result)
            return bench.stored
        finally:
            bench.regrade(at_once=True)
            release_claims(claim=claim)


def call_for(judgement: Judgement) -> ModelCall:
    """What the model is asked: for a yes or no, or for the segments that the question's rule is decided on."""
    language, question = judgement.constraint.kwargs["language"], question_of(judgement.constraint.kwargs)
    instruction, asked = judgement.generation.prompt.text, question.text_in(language)
    if question.rule is None:
        return judge_call(language, instruction=instruction, response=judgement.text, question=asked)
    return extractor_call(
        language, instruction=instruction, response=judgement.text, question=asked, rule=question.rule
    )


def room_for(judgement: Judgement) -> int:
    """How many tokens the reply may have: an extractor may have to copy all that it is shown."""
    copied = len(judgement.text[:RESPONSE_CHARACTERS]) if judgement.role == Judgement.Role.EXTRACTOR else 0
    return THINKING_TOKENS + copied


class _Asking:
    """One call with a system message; the reply is taken as it is."""

    name: ClassVar = "judge"
    template_version: ClassVar = PROMPT_VERSION

    def __init__(self, system: str) -> None:
        self._system = system

    def start(self, prompt_text: str) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("system", self._system), Message("user", prompt_text)))
        return outcome_of(completion, "none")


class _Bench:
    """The judgements that this job holds, by id, from claim to storage."""

    def __init__(self, model: LanguageModel, *, claim: uuid.UUID, worker: str) -> None:
        self.stored = 0
        self._model, self._claim, self._worker = model, claim, worker
        self._held: dict[str, Judgement] = {}
        self._changed_runs: set[int] = set()
        self._regraded_at = time.monotonic()

    def jobs(self, bite: int) -> Iterator[Job]:
        """Claim as the engine has room."""
        while claimed := self._claimed(bite):
            for judgement in claimed:
                call, sampling = call_for(judgement), Sampling(max_new_tokens=room_for(judgement))
                yield Job(str(judgement.pk), call.user, _Asking(call.system), sampling)

    def store(self, result: Result) -> None:
        judgement = self._held.pop(result.job_id)
        if result.outcome is None:
            judgement_fail(judgement=judgement, claim=self._claim, error=result.error)
            return
        reply, truncated = result.outcome.completion, result.outcome.finish_reason == "length"
        if judgement_finish(judgement=judgement, claim=self._claim, raw=reply, truncated=truncated):
            self.stored += 1
            self._changed_runs.add(judgement.generation.run_id)
        else:
            logger.warning("judgement %s was claimed by somebody else meanwhile; this copy is dropped", judgement.pk)
        self.regrade()

    def regrade(self, *, at_once: bool = False) -> None:
        """Bring the cases up to the new verdicts; not after each one of thousands."""
        if at_once or time.monotonic() - self._regraded_at > _REGRADE_EVERY_S:
            for run_id in self._changed_runs:
                run_regrade(run_id=run_id)
            self._changed_runs.clear()
            self._regraded_at = time.monotonic()

    def fail_all(self, error: str) -> int:
        while claimed := self._claimed(500):
            for judgement in claimed:
                judgement_fail(judgement=judgement, claim=self._claim, error=error)
        return 0

    def _claimed(self, limit: int) -> list[Judgement]:
        claimed = judgements_claim(
            language_model_id=self._model.pk, claim=self._claim, worker=self._worker, limit=limit
        )
        self._held |= {str(judgement.pk): judgement for judgement in claimed}
        return claimed
