"""Webhooks and their deliveries."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.claims import Claimable
from annotator.events.models import Event
from annotator.studies.models import Study


class Webhook(models.Model):
    """An address to which messages about a study are posted, of the `kinds` that its lead chose.

    No secret is stored: it is derived from SECRET_KEY and `secret_id` (`webhooks.signatures`); `secret_digest` detects
    that SECRET_KEY has changed since the secret was shown. `site` is the address under which its lead saw Cotrast, for
    the links in messages.

    `failed_in_a_row` counts the deliveries in a row that were given up. While `disabled_at` is set nothing is sent, and
    no delivery is made of new events; `disabled_reason` is a sentence.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    site = models.CharField(max_length=200)
    secret_id = models.UUIDField(default=uuid.uuid4, editable=False)
    secret_digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="webhooks"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    failed_in_a_row = models.PositiveSmallIntegerField(default=0)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"webhook {self.pk} of {self.study_id}"


class Delivery(Claimable):
    """One message to one webhook, until it is delivered (`done`) or given up (`failed`).

    `message_id` is the `webhook-id` of every attempt: a receiver that has seen it drops a repetition. `body` is frozen
    when the delivery is made. `due_at` is the time of the next attempt, `tried_at` that of the last one, and
    `response_status` what the receiver answered to that, null for no answer. A test message has no event.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, null=True, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=32)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(fields=["webhook", "event", "kind"], name="delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(status="queued"), name="delivery_due"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="delivery_leases"),
            models.Index(fields=["finished_at"], condition=Q(status="done"), name="delivery_done"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk} to {self.webhook_id}"

    @property
    def header_id(self) -> str:
        """Return the message's id as receivers read it in the header `webhook-id`."""
        return f"msg_{self.message_id.hex}"
