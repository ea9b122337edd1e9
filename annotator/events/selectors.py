"""Selectors of events."""

from collections.abc import Collection

from django.db.models import QuerySet

from annotator.events.models import Event


def events_after(event_id: int) -> QuerySet[Event]:
    """Return the events with a higher id than `event_id`, oldest first; 0 returns all.

    Ids are assigned before a transaction commits, so a reader must also query a few earlier ids for late commits.
    """
    return Event.objects.filter(pk__gt=event_id).order_by("pk")


def events_about(subjects: Collection[str], kinds: Collection[str]) -> QuerySet[Event]:
    """Return the events of these kinds about any of these subjects (`<app>.<model>:<id>`), oldest first."""
    return Event.objects.filter(subject__in=subjects, kind__in=kinds).order_by("pk")
