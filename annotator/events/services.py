"""Appending of events, inside the transaction of the service that makes the change."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction

from annotator.events.models import Event, OutboxEntry


def event_append(
    kind: str,
    subject: models.Model,
    payload: Mapping[str, Any] | None = None,
    *,
    actor: User | None = None,
    study: int | None = None,
    publish: bool = False,
) -> Event:
    """Append an event about `subject`, by `actor`, in the study of that id.

    The payload names no person and no secret. `publish` puts it into the outbox too, for the webhooks that want it.
    Raises RuntimeError outside a transaction: it could outlive a rollback.
    """
    _refuse_outside(kind)
    event = Event.objects.create(
        kind=kind, subject=subject_of(subject), payload=dict(payload or {}), actor=actor, study=study
    )
    if publish:
        OutboxEntry.objects.create(event=event)
    return event


def events_append(
    kind: str, payloads: Iterable[tuple[models.Model, Mapping[str, Any], int | None]], *, publish: bool = False
) -> None:
    """Append an event about each subject with its study, in their order, in one statement.

    Raises RuntimeError as `event_append`.
    """
    _refuse_outside(kind)
    events = Event.objects.bulk_create(
        Event(kind=kind, subject=subject_of(subject), payload=dict(payload), study=study)
        for subject, payload, study in payloads
    )
    if publish:
        OutboxEntry.objects.bulk_create(OutboxEntry(event=event) for event in events)


def subject_of(row: models.Model) -> str:
    """Return the name of a row as events have it."""
    return f"{row._meta.label_lower}:{row.pk}"


def _refuse_outside(kind: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"event {kind!r} must be appended inside the transaction of its service.")
