"""Events: an append-only record of what services changed. Knows no other app; webhooks read it."""

from typing import ClassVar

from django.db import models


class Event(models.Model):
    """One change. `kind` is `<entity>.<past participle>`, `subject` is `<app>.<model>:<id>`."""

    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["subject", "id"], name="event_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
