"""The life of a generation: claimed by a worker of its language model, finished with its verdicts, or failed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotator.claims import claim_rows, fail_exhausted, finish_row
from annotator.runs.models import Generation, Run, Verdict
from annotator.runs.services.closing import close_finished_run
from annotator.runs.services.verdicts import verdicts_for
from annotator.storable import storable

_DIED = "Given up: the worker died {n} times while working on this prompt; resume the run to try again."


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """The values of a finished generation, by the names of the fields of `Generation`."""

    completion: str
    reasoning: str
    answer: str
    split_status: str
    finish_reason: str
    prompt_tokens: int = 0
    reasoning_tokens: int = 0
    answer_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float = 0.0
    calls: Sequence[Mapping[str, Any]] = field(default_factory=list)
    made_with: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def generations_claim(*, language_model_id: int, claim: uuid.UUID, worker: str, limit: int) -> list[Generation]:
    """Take up to `limit` waiting generations of this model, with prompt and run.

    Ordered by place in the dataset and only then by run, so that the two runs of a study advance side by side and
    people can label the first cases while the rest is generated.
    """
    waiting = _waiting(language_model_id, timezone.now())
    for run_id in sorted({failed.run_id for failed in fail_exhausted(waiting, died=_DIED)}):
        close_finished_run(run_id)
    taken = claim_rows(waiting, order=["position", "run_id"], claim=claim, worker=worker, limit=limit)
    return list(taken.select_related("prompt", "run"))


def generation_finish(*, generation: Generation, claim: uuid.UUID, result: GenerationResult) -> bool:
    """Store what was made, with the verdicts of both scopes, if the claim still holds; else change nothing.

    Verdicts are decided before the transaction opens (a checker may take a second) and stored within it, so that no
    reader ever sees a done generation without its verdicts.
    """
    clean = storable(asdict(result))
    verdicts = verdicts_for(generation, answer=clean["answer"], completion=clean["completion"])
    with transaction.atomic():
        if not finish_row(generation, claim=claim, status=Generation.Status.DONE, **clean):
            return False
        Verdict.objects.bulk_create(verdicts)
        close_finished_run(generation.run_id)
    return True


@transaction.atomic
def generation_fail(*, generation: Generation, claim: uuid.UUID, error: str) -> bool:
    """Record why this one prompt failed, if the claim still holds. The others go on."""
    if not finish_row(generation, claim=claim, status=Generation.Status.FAILED, error=error):
        return False
    close_finished_run(generation.run_id)
    return True


def _waiting(language_model_id: int, now: datetime) -> QuerySet[Generation]:
    return Generation.objects.filter(
        Generation.free(now), run__language_model_id=language_model_id, run__status=Run.Status.RUNNING
    )
