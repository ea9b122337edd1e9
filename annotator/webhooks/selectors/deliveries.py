"""Webhooks of a study with the counts of their deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from annotator.studies.models import Study
from annotator.webhooks.models import Delivery, Webhook

_LATE = timedelta(minutes=2)
_Status = Delivery.Status


@dataclass(frozen=True, slots=True)
class WebhookState:
    """A webhook, and how many of its deliveries wait, were delivered, and failed."""

    webhook: Webhook
    waiting: int
    delivered: int
    failed: int


def webhook_states(study: Study) -> Sequence[WebhookState]:
    """Return the webhooks of a study in the order of their registration. Two queries."""
    rows = Webhook.objects.filter(study=study).select_related("created_by")
    of_study: Any = Delivery.objects.filter(webhook__study=study).order_by()
    of_study = of_study.values("webhook").annotate(
        waiting=Count("pk", filter=Q(status__in=[_Status.QUEUED, _Status.CLAIMED])),
        delivered=Count("pk", filter=Q(status=_Status.DONE)),
        failed=Count("pk", filter=Q(status=_Status.FAILED)),
    )
    counts = {row["webhook"]: row for row in of_study}
    none = {"waiting": 0, "delivered": 0, "failed": 0}
    return [_state(webhook, counts.get(webhook.pk, none)) for webhook in rows]


def _state(webhook: Webhook, counts: Mapping[str, Any]) -> WebhookState:
    return WebhookState(webhook, counts["waiting"], counts["delivered"], counts["failed"])


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """Return the deliveries of a webhook; the newest first by default."""
    return Delivery.objects.filter(webhook=webhook)


def nobody_delivers(study: Study) -> bool:
    """Whether a delivery of the study should have been tried minutes ago: no process delivers."""
    due = Delivery.objects.filter(status=_Status.QUEUED, due_at__lt=timezone.now() - _LATE)
    return due.filter(webhook__study=study, webhook__disabled_at=None).exists()
