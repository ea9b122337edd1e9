"""Message batches: stored when sent, taken over by the next worker, deleted once answered."""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from annotator.claims import claim_rows
from annotator.runs.models import MessageBatch

_TAKEN_AT_ONCE = 100
_ANSWERS_KEPT = timedelta(days=29)
"""How long the provider keeps the answers of a batch."""


@transaction.atomic
def message_batch_store(
    *, language_model_id: int, batch_id: str, requests: Sequence[str], claim: uuid.UUID, worker: str
) -> None:
    """Store a batch that was sent, under the claim of the worker that waits for it; a second time changes nothing."""
    content = {"language_model_id": language_model_id, "batch_id": batch_id[:256]}
    _row, created = MessageBatch.objects.get_or_create(**content, defaults={"requests": list(requests)})
    if created:
        waiting = MessageBatch.objects.filter(MessageBatch.free(), **content)
        claim_rows(waiting, order=["pk"], claim=claim, worker=worker, limit=1)


@transaction.atomic
def message_batches_take(*, language_model_id: int, claim: uuid.UUID, worker: str) -> list[MessageBatch]:
    """Claim the batches of this model whose worker stopped or died, the oldest first."""
    waiting = MessageBatch.objects.filter(MessageBatch.free(), language_model=language_model_id)
    return list(claim_rows(waiting, order=["pk"], claim=claim, worker=worker, limit=_TAKEN_AT_ONCE))


def message_batches_delete(*, language_model_id: int, batch_ids: Collection[str]) -> None:
    """Delete batches whose answers are all stored, or that the provider does not know."""
    MessageBatch.objects.filter(language_model=language_model_id, batch_id__in=batch_ids).delete()


def message_batches_delete_old() -> int:
    """Delete batches whose answers the provider has no more; return how many."""
    return MessageBatch.objects.filter(created_at__lt=Now() - _ANSWERS_KEPT).delete()[0]
