"""Selectors of events."""

from collections.abc import Collection

from django.db.models import QuerySet

from annotator.events.models import Event


def events_about(subjects: Collection[str], kinds: Collection[str]) -> QuerySet[Event]:
    """Return the events of these kinds about any of these subjects (`<app>.<model>:<id>`), oldest first."""
    return Event.objects.filter(subject__in=subjects, kind__in=kinds).order_by("pk")
