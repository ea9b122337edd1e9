"""Services of idempotency keys: a request is claimed, answered, forgotten, and deleted after a day.

A request is claimed in a transaction of its own, so that others see it, and answered in the transaction of what it
changes: either both are stored or neither.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.idempotency.errors import KeyReusedError, RequestUnderWayError
from annotator.idempotency.models import KeyedRequest

KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=10)
"""The longest that a request can take; an older one without an answer died with its process, and changed nothing."""


@transaction.atomic
def request_claim(*, user: User, key: str, fingerprint: str) -> KeyedRequest:
    """Return the request of that key: with its answer, or without one, to be processed by the caller.

    Raises KeyReusedError if the key was sent with another request, RequestUnderWayError if it is processed just now.
    """
    now = timezone.now()
    row, created = KeyedRequest.objects.get_or_create(
        user=user, key=key, defaults={"fingerprint": fingerprint, "claimed_at": now}
    )
    if created or _taken_over(row, fingerprint, now):
        return row
    if row.fingerprint != fingerprint:
        raise KeyReusedError(
            _("The Idempotency-Key %(key)s was sent with another request before; send this one with a key of its own.")
            % {"key": key}
        )
    if row.status is None:
        raise RequestUnderWayError(
            _("The request with the Idempotency-Key %(key)s is still under way; send it again in a moment.")
            % {"key": key}
        )
    return row


def _taken_over(row: KeyedRequest, fingerprint: str, now: datetime) -> bool:
    """Claim a request whose day is over, or whose process died; of several claimants one succeeds."""
    over = Q(claimed_at__lte=now - KEPT) | Q(claimed_at__lte=now - LEASE, status=None, fingerprint=fingerprint)
    claim = uuid4()
    claimed = KeyedRequest.objects.filter(over, pk=row.pk, claim=row.claim).update(
        claim=claim, claimed_at=now, fingerprint=fingerprint, status=None, body=""
    )
    if claimed:
        row.refresh_from_db()
    return bool(claimed)


def request_answered(*, request: KeyedRequest, status: int, body: str) -> None:
    """Store the answer, in the transaction of the change. Raises RequestUnderWayError if somebody took over."""
    own = KeyedRequest.objects.filter(pk=request.pk, claim=request.claim, status=None)
    if not own.update(status=status, body=body):
        raise RequestUnderWayError(
            _("The request with the Idempotency-Key %(key)s took too long; nothing of it was stored. Send it again.")
            % {"key": request.key}
        )


def request_forget(*, request: KeyedRequest) -> None:
    """Forget a request that was refused or failed: nothing was changed, and it may be sent again."""
    KeyedRequest.objects.filter(pk=request.pk, claim=request.claim, status=None).delete()


def requests_delete_old() -> int:
    """Delete the requests whose day is over. Returns how many."""
    return KeyedRequest.objects.filter(claimed_at__lte=timezone.now() - KEPT).delete()[0]
