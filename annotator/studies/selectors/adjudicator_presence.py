"""Presences of other adjudicators on cases. Reads only; names nobody."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max, QuerySet
from django.utils import timezone

from annotator.studies.models import AdjudicatorPresence, Case


def opened_by_others(reader: User) -> QuerySet[AdjudicatorPresence]:
    """The unexpired presences of every adjudicator but `reader`."""
    return AdjudicatorPresence.objects.filter(open_until__gt=timezone.now()).exclude(adjudicator=reader).order_by()


def others_present_at(case: Case, reader: User) -> datetime | None:
    """Return the latest time at which another adjudicator who is still present opened the case; None if nobody is."""
    at: datetime | None = opened_by_others(reader).filter(case=case).aggregate(at=Max("opened_at"))["at"]
    return at
