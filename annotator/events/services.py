"""Appending of events, inside the transaction of the service that makes the change."""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from annotator.events.models import Event


def event_append(kind: str, subject: models.Model, payload: Mapping[str, Any] | None = None) -> Event:
    """Append an event about `subject`. Raises RuntimeError outside a transaction: it could outlive a rollback."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"event {kind!r} must be appended inside the transaction of its service.")
    name = f"{subject._meta.label_lower}:{subject.pk}"
    return Event.objects.create(kind=kind, subject=name, payload=dict(payload or {}))
