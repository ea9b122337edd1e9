"""Reads of events."""

from django.db.models import QuerySet

from annotator.events.models import Event


def events_after(event_id: int) -> QuerySet[Event]:
    """The events after this one, oldest first; 0 is before all.

    Ids are drawn before a transaction commits, so that a reader has to look back a little for late ones.
    """
    return Event.objects.filter(pk__gt=event_id).order_by("pk")
