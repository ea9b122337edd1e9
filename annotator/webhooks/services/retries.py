"""Attempts of deliveries: claimed, stored, tried again after growing intervals, and given up.

A delivery is sent under a claim with a lease. A process that is killed between the request and its record sends the
message again, with the same id: a receiver gets each message at least once.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from annotator.claims import claim_rows, finish_row, stored_error
from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.sending import Answer

RETRY_AFTER_S = (5, 60, 600, 3_600, 21_600)
"""The delay after each failed attempt, in seconds; after one more attempt the delivery is given up."""
FAILED_IN_A_ROW = 5
"""The number of deliveries given up in a row that disables a webhook."""
DELIVERIES_KEPT = timedelta(days=30)
_LONGEST_DELAY_S = RETRY_AFTER_S[-1]
_Status = Delivery.Status
_FREE = {"claim": None, "lease_until": None}


def delivery_claim(*, claim: uuid.UUID, worker: str, besides: Collection[int] = ()) -> Delivery | None:
    """Claim the delivery that is due longest, with its webhook; none of the webhooks `besides`. None for none."""
    due = Delivery.objects.filter(Delivery.free(), due_at__lte=Now(), webhook__disabled_at=None)
    due = due.exclude(webhook__in=besides)
    if not due.exists():  # on SQLite, a transaction would take the only write lock each second
        return None
    with transaction.atomic():
        claimed = claim_rows(due, order=["due_at", "pk"], claim=claim, worker=worker, limit=1)
        return claimed.select_related("webhook__study").first()


@transaction.atomic
def delivery_store(*, delivery: Delivery, answer: Answer) -> bool:
    """Store what became of an attempt, if the claim of `delivery` is still its claim; else return False."""
    claim = delivery.claim
    assert claim is not None  # `delivery_claim` set it
    tried: dict[str, Any] = {"tried_at": timezone.now(), "response_status": answer.status}
    if answer.delivered:
        stored = finish_row(delivery, claim=claim, status=_Status.DONE, **tried)
        if stored:
            Webhook.objects.filter(pk=delivery.webhook_id).exclude(failed_in_a_row=0).update(failed_in_a_row=0)
        return stored
    if delivery.attempts <= len(RETRY_AFTER_S) and not answer.gone:
        return _wait(delivery, claim, answer, tried)
    stored = finish_row(delivery, claim=claim, error=answer.failure, status=_Status.FAILED, **tried)
    if stored:
        _count_failed(delivery.webhook_id, answer)
    return stored


@transaction.atomic
def delivery_repeat(*, delivery: Delivery) -> bool:
    """Send a delivery again at once, delivered or not, with the id that it had; False while it is being sent."""
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(status=_Status.CLAIMED)
    return bool(
        rows.update(status=_Status.QUEUED, attempts=0, error="", due_at=timezone.now(), finished_at=None, **_FREE)
    )


def deliveries_delete_old(*, before: datetime) -> int:
    """Delete the deliveries that reached their receiver before `before`; return how many."""
    return Delivery.objects.filter(status=_Status.DONE, finished_at__lt=before).delete()[0]


def _wait(delivery: Delivery, claim: uuid.UUID, answer: Answer, tried: dict[str, Any]) -> bool:
    """Queue the delivery for its next attempt."""
    delay_s = max(RETRY_AFTER_S[delivery.attempts - 1], min(answer.retry_after_s, _LONGEST_DELAY_S))
    held = Delivery.objects.filter(pk=delivery.pk, claim=claim, status=_Status.CLAIMED)
    due_at = timezone.now() + timedelta(seconds=delay_s)
    error = stored_error(answer.failure)
    return bool(held.update(status=_Status.QUEUED, due_at=due_at, error=error, **_FREE, **tried))


def _count_failed(webhook_id: int, answer: Answer) -> None:
    """Count a delivery that was given up, and disable the webhook after too many in a row, or where it is gone."""
    enabled = Webhook.objects.filter(pk=webhook_id, disabled_at=None)
    enabled.update(failed_in_a_row=F("failed_in_a_row") + 1)
    now = timezone.now()
    if answer.gone:
        enabled.update(disabled_at=now, disabled_reason="The receiver answered 410: it wants no more messages.")
        return
    reason = f"{FAILED_IN_A_ROW} deliveries in a row were given up. The last one: {answer.failure}"[:300]
    enabled.filter(failed_in_a_row__gte=FAILED_IN_A_ROW).update(disabled_at=now, disabled_reason=reason)
