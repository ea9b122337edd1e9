"""How a worker takes generations and finishes them, from `queued` to `done` or `failed`, by leases."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotator.runs.judging import verdicts_for
from annotator.runs.leases import row_close, rows_give_up, rows_take
from annotator.runs.models import Generation, Run, Verdict
from annotator.storable import storable

_GAVE_UP = "Given up: the worker died {n} times while working on this prompt; resume the run to try again."


@dataclass(frozen=True, slots=True)
class Product:
    """What a finished generation is made of; the fields are those of `Generation`."""

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
    for run_id in {worn_out.run_id for worn_out in rows_give_up(waiting, error=_GAVE_UP)}:
        _finish_run(run_id)
    taken = rows_take(waiting, order=["position", "run_id"], claim=claim, worker=worker, limit=limit)
    return list(taken.select_related("prompt", "run"))


def generation_finish(*, generation: Generation, claim: uuid.UUID, product: Product) -> bool:
    """Store what was made, with the verdicts of both scopes, if the claim still holds; else change nothing.

    Verdicts are decided before the transaction opens (a checker may take a second) and stored within it, so that no
    reader ever sees a done generation without its verdicts.
    """
    clean = storable(asdict(product))
    verdicts = verdicts_for(generation, answer=clean["answer"], completion=clean["completion"])
    with transaction.atomic():
        if not row_close(generation, claim=claim, status=Generation.Status.DONE, **clean):
            return False
        Verdict.objects.bulk_create(verdicts)
        _finish_run(generation.run_id)
    return True


@transaction.atomic
def generation_fail(*, generation: Generation, claim: uuid.UUID, error: str) -> bool:
    """Record why this one prompt failed, if the claim still holds. The others go on."""
    if not row_close(generation, claim=claim, status=Generation.Status.FAILED, error=storable(error)[:2000]):
        return False
    _finish_run(generation.run_id)
    return True


def _waiting(language_model_id: int, now: datetime) -> QuerySet[Generation]:
    return Generation.objects.filter(
        Generation.free(now), run__language_model_id=language_model_id, run__status=Run.Status.RUNNING
    )


def _finish_run(run_id: int) -> None:
    unfinished = Generation.objects.filter(
        run_id=run_id, status__in=[Generation.Status.QUEUED, Generation.Status.CLAIMED]
    )
    if not unfinished.exists():
        Run.objects.filter(pk=run_id, status=Run.Status.RUNNING).update(status=Run.Status.DONE)
