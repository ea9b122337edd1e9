"""Appending of events, inside the transaction of the service that makes the change."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction

from annotator.events.models import Event


def event_append(kind: str, subject: models.Model, payload: Mapping[str, Any] | None = None) -> Event:
    """Append an event about `subject`. Raises RuntimeError outside a transaction: it could outlive a rollback."""
    _refuse_outside(kind)
    return Event.objects.create(kind=kind, subject=_name(subject), payload=dict(payload or {}))


def events_append(kind: str, payloads: Iterable[tuple[models.Model, Mapping[str, Any]]]) -> None:
    """Append an event about each subject, in their order, in one statement. Raises RuntimeError as `event_append`."""
    _refuse_outside(kind)
    Event.objects.bulk_create(
        Event(kind=kind, subject=_name(subject), payload=dict(payload)) for subject, payload in payloads
    )


def _refuse_outside(kind: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"event {kind!r} must be appended inside the transaction of its service.")


def _name(subject: models.Model) -> str:
    return f"{subject._meta.label_lower}:{subject.pk}"
