"""Leases: how a worker takes rows, keeps them while a model works, and gives them back.

Conditional updates whose row counts are read, on every `Claimable`. Nobody holds a database lock while a model works:
a claim is a random id with a lease, and whoever finishes must still hold that claim. Knows neither which rows wait for
whom nor what finishing one means.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from annotator.runs.models import Claimable, Generation, Judgement

_QUEUED, _CLAIMED = Claimable.Status.QUEUED, Claimable.Status.CLAIMED
_CLAIMABLE: Sequence[type[Claimable]] = (Generation, Judgement)
_FREE: dict[str, Any] = {"claim": None, "lease_until": None}

Row = TypeVar("Row", bound=Claimable)


def rows_take(
    waiting: QuerySet[Row], *, order: Sequence[str], claim: uuid.UUID, worker: str, limit: int
) -> QuerySet[Row]:
    """Claim up to `limit` of the `waiting` rows, in `order`, inside the caller's transaction."""
    # On PostgreSQL workers step over each other's rows; on SQLite the transaction holds the one write lock already.
    unlocked = waiting.select_for_update(skip_locked=True, of=("self",))
    ids = list(unlocked.order_by(*order).values_list("pk", flat=True)[:limit])
    waiting.filter(pk__in=ids).update(
        status=_CLAIMED, claim=claim, claimed_by=worker, lease_until=_lease(), attempts=F("attempts") + 1
    )
    return waiting.model._default_manager.filter(pk__in=ids, claim=claim, status=_CLAIMED).order_by(*order)


def rows_give_up(waiting: QuerySet[Row], *, error: str) -> list[Row]:
    """Fail the `waiting` rows that were tried often enough: one that kills its worker must not kill workers for ever.

    `error` is the sentence, with `{n}` for the number of attempts.
    """
    limit = settings.GENERATION_ATTEMPTS
    worn_out = list(waiting.filter(attempts__gte=limit))
    waiting.filter(pk__in=[row.pk for row in worn_out]).update(
        status=Claimable.Status.FAILED, error=error.format(n=limit), finished_at=timezone.now(), **_FREE
    )
    return worn_out


def row_close(row: Claimable, *, claim: uuid.UUID, **values: Any) -> bool:
    """Store the last of a row, if the claim still holds; else change nothing and say False."""
    held = type(row)._default_manager.filter(pk=row.pk, claim=claim, status=_CLAIMED)
    return bool(held.update(finished_at=timezone.now(), **_FREE, **values))


def claims_renew(*, claim: uuid.UUID) -> int:
    """Extend the leases of everything still held under this claim."""
    return sum(held.update(lease_until=_lease()) for held in _held(claim=claim))


def claims_release(*, claim: uuid.UUID) -> int:
    """Give back what is still held under this claim, as if it had never been taken: an orderly stop is no failure."""
    return sum(held.update(status=_QUEUED, attempts=F("attempts") - 1, **_FREE) for held in _held(claim=claim))


def claims_abandon(*, worker: str) -> int:
    """Free at once what an earlier life of this worker left behind when it was killed; those attempts count."""
    return sum(held.update(status=_QUEUED, **_FREE) for held in _held(claimed_by=worker))


def _held(**by: Any) -> list[QuerySet[Claimable]]:
    return [model._default_manager.filter(status=_CLAIMED, **by) for model in _CLAIMABLE]


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=settings.GENERATION_LEASE_S)
