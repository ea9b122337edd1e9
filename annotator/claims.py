"""Claims: the abstract row that workers process one at a time, and its conditional updates.

A claim is a random id with a lease. No database lock is held while a model works, and a row can be finished only under
its current claim. Leases are set and compared by the database's clock: the clocks of the hosts of workers may differ
and jump. Every table that inherits `Claimable` is included. Knows neither which rows wait for which worker nor what
finishing one means.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Now, Substr
from django.utils import timezone

from annotator.text_cleaning import storable

ERROR_LENGTH = 2_000
_FREE: dict[str, Any] = {"claim": None, "lease_until": None}


class Claimable(models.Model):
    """A row that a worker processes under a claim.

    Created `queued`, claimed by a conditional update that sets `claim` and `lease_until`, finished by a conditional
    update on that claim: neither a redelivered task, a killed worker nor a flushed broker loses a row or processes it
    twice. `error` of a queued row is the reason of its last failed attempt.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        DONE = "done"
        FAILED = "failed"

    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    claim = models.UUIDField(null=True)
    claimed_by = models.CharField(max_length=128, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="claimed", claim__isnull=False, lease_until__isnull=False) | ~Q(status="claimed"),
                name="%(class)s_claimed_has_lease",
            ),
        ]

    @staticmethod
    def free() -> Q:
        """Condition of the rows that can be claimed now: queued ones, and claimed ones whose lease ran out."""
        return Q(status="queued") | Q(status="claimed", lease_until__lt=Now())


_QUEUED, _CLAIMED = Claimable.Status.QUEUED, Claimable.Status.CLAIMED

Row = TypeVar("Row", bound=Claimable)


def claim_rows(
    waiting: QuerySet[Row], *, order: Sequence[str], claim: uuid.UUID, worker: str, limit: int
) -> QuerySet[Row]:
    """Claim up to `limit` of the `waiting` rows, in `order`, inside the caller's transaction."""
    ids = [row.pk for row in lock_rows(waiting, order=order, limit=limit)]
    return claim_locked(waiting, ids, claim=claim, worker=worker).order_by(*order)


def lock_rows(waiting: QuerySet[Row], *, order: Sequence[str], limit: int) -> list[Row]:
    """Lock the first `limit` of the `waiting` rows, inside the caller's transaction; their texts are not read."""
    # On PostgreSQL workers skip each other's locked rows; on SQLite the transaction has the only write lock already.
    unlocked = waiting.select_for_update(skip_locked=True, of=("self",))
    return list(unlocked.order_by(*order).only("pk", "attempts", *order)[:limit])


def claim_locked(waiting: QuerySet[Row], ids: Sequence[int], *, claim: uuid.UUID, worker: str) -> QuerySet[Row]:
    """Claim those of the locked rows that are still among the `waiting` ones; return them."""
    waiting.filter(pk__in=ids).update(
        status=_CLAIMED, claim=claim, claimed_by=worker, lease_until=_lease(), attempts=F("attempts") + 1
    )
    return waiting.model._default_manager.filter(pk__in=ids, claim=claim, status=_CLAIMED)


def fail_exhausted(waiting: QuerySet[Row], *, died: str) -> list[Row]:
    """Fail the `waiting` rows whose attempts are used up, inside the caller's transaction; return them.

    A row that kills its worker must not kill workers for ever. The stored error is that of the last attempt, or `died`
    (with `{n}` for the number of attempts) where the worker died without recording one.
    """
    limit = settings.GENERATION_ATTEMPTS
    exhausted = list(waiting.filter(attempts__gte=limit))
    rows = waiting.filter(pk__in=[row.pk for row in exhausted])
    final: dict[str, Any] = {"status": Claimable.Status.FAILED, "finished_at": timezone.now(), **_FREE}
    last_error = Concat(Value(f"Failed {limit} times; the last time: "), "error")
    rows.exclude(error="").update(error=Substr(last_error, 1, ERROR_LENGTH), **final)
    rows.filter(error="").update(error=died.format(n=limit), **final)
    return exhausted


def finish_row(row: Claimable, *, claim: uuid.UUID, error: str = "", **values: Any) -> bool:
    """Store the final values of a row if `claim` is still its claim; else change nothing and return False."""
    held = type(row)._default_manager.filter(pk=row.pk, claim=claim, status=_CLAIMED)
    return bool(held.update(finished_at=timezone.now(), error=stored_error(error), **_FREE, **values))


def renew_claims(*, claim: uuid.UUID) -> int:
    """Extend the leases of all rows still held under this claim; return how many."""
    return sum(held.update(lease_until=_lease()) for held in _held(claim=claim))


def release_claims(*, claim: uuid.UUID) -> int:
    """Queue the rows still held under this claim as if never claimed, after an orderly stop; return how many."""
    return sum(held.update(status=_QUEUED, attempts=F("attempts") - 1, **_FREE) for held in _held(claim=claim))


def release_row(row: Claimable, *, claim: uuid.UUID) -> bool:
    """Queue one row as if never claimed, if `claim` is still its claim; else change nothing and return False."""
    held = type(row)._default_manager.filter(pk=row.pk, claim=claim, status=_CLAIMED)
    return bool(held.update(status=_QUEUED, attempts=F("attempts") - 1, **_FREE))


def release_failed(*, claim: uuid.UUID, error: str) -> int:
    """Queue the rows still held under this claim after a failure: the attempt counts, and its error is stored."""
    return sum(held.update(status=_QUEUED, error=stored_error(error), **_FREE) for held in _held(claim=claim))


def release_worker(*, worker: str) -> int:
    """Queue the rows of a worker that is known to be dead, before their lease ends; those attempts count."""
    return sum(held.update(status=_QUEUED, **_FREE) for held in _held(claimed_by=worker))


def release_expired(rows: QuerySet[Any] | None = None) -> int:
    """Queue those of `rows`, or of all, whose lease ran out; those attempts count."""
    held = _held(lease_until__lt=Now()) if rows is None else [rows.filter(status=_CLAIMED, lease_until__lt=Now())]
    return sum(overdue.update(status=_QUEUED, **_FREE) for overdue in held)


def release_left_behind(*, worker: str) -> int:
    """Queue the rows that this worker still holds from a session that lost the database, as if never claimed."""
    return sum(held.update(status=_QUEUED, attempts=F("attempts") - 1, **_FREE) for held in _held(claimed_by=worker))


def holds_claims(*, worker: str) -> bool:
    """Whether any row is held by this worker."""
    return any(held.exists() for held in _held(claimed_by=worker))


def stored_error(sentence: str) -> str:
    """Return `sentence` as an error field stores it: storable characters only, at most `ERROR_LENGTH` of them."""
    return str(storable(sentence))[:ERROR_LENGTH]


def claimable_models() -> list[type[Claimable]]:
    """Return every model of claimable rows, in the order of the installed apps."""
    return [model for model in apps.get_models() if issubclass(model, Claimable)]


def _held(**by: Any) -> list[QuerySet[Claimable]]:
    # Claimed rows have a lease: the second condition is that of an index, which SQLite takes only if it is named.
    held = {"status": _CLAIMED, "lease_until__isnull": False, **by}
    return [model._default_manager.filter(**held) for model in claimable_models()]


def _lease() -> Combinable:
    return Now() + timedelta(seconds=settings.GENERATION_LEASE_S)
