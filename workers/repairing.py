"""Work on repairs: the job of a waiting attempt to repair an answer, and the storage of its result."""

import uuid

from annotator.claims import release_row
from annotator.exemplars.models import Repair
from annotator.exemplars.services.repair_requests import repair_fail, repair_finish, repairs_claim
from annotator.runs.models import LanguageModel
from annotator.strategies.parameters import CotForcedParameters
from workers.engine import Backend, Sampling
from workers.generating import call_records, item_constraints
from workers.strategies import Item, Job, Result
from workers.strategies.guided_repair import GuidedRepair


class Repairing:
    """The work (`workers.work.Work`) on the repairs by one language model, under one claim."""

    def __init__(self, model: LanguageModel, backend: Backend, *, claim: uuid.UUID, worker: str) -> None:
        self._model, self._backend, self._claim, self._worker = model, backend, claim, worker

    def claim(self, limit: int) -> list[Repair]:
        return repairs_claim(language_model_id=self._model.pk, claim=self._claim, worker=self._worker, limit=limit)

    def job(self, row: Repair) -> Job:
        prompt = row.candidate.case.prompt
        strategy = GuidedRepair(
            failing=row.parent.answer if row.parent else row.candidate.generation.answer,
            continues="continued turns" in self._model.offers,
            reasoning_tokens=CotForcedParameters().reasoning_tokens,
        )
        item = Item(prompt.text, item_constraints(prompt))
        return Job(f"repair {row.pk}", item, strategy, Sampling.from_json(row.sampling))

    def store(self, row: Repair, result: Result) -> bool:
        outcome = result.outcome
        assert outcome is not None  # `Work.store` is for results with an outcome
        return repair_finish(
            repair=row,
            claim=self._claim,
            reasoning=outcome.reasoning,
            answer=outcome.answer,
            calls=call_records(result),
            environment=self._backend.describe(),
        )

    def fail(self, row: Repair, sentence: str, result: Result | None = None) -> None:
        calls = call_records(result) if result else []
        repair_fail(repair=row, claim=self._claim, error=sentence, calls=calls)

    def is_wanted(self, row: Repair) -> bool:
        return True

    def release(self, row: Repair) -> None:
        release_row(row, claim=self._claim)

    def settle(self, *, at_once: bool) -> None:
        """Update nothing: a repair belongs to no case's outcome."""
