"""Requests that were sent with an idempotency key, and their answers. Knows no other app."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models


class KeyedRequest(models.Model):
    """One request of a person with a key of theirs, kept for a day.

    `status` is null while it is processed; then `status` and `body` are its answer, without the body of one that holds
    a secret. `fingerprint` is a hash of method, address and body. `claim` names the attempt that processes it: an
    attempt whose process died is taken over.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=96)
    claim = models.UUIDField(default=uuid4)
    claimed_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="keyed_request_once")]
        indexes: ClassVar = [models.Index(fields=["claimed_at"], name="keyed_request_age")]

    def __str__(self) -> str:
        return f"request {self.key} of {self.user_id}"
