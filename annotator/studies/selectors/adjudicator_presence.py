"""The cases that other adjudicators have open now. Reads only; nobody is named."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max, QuerySet
from django.utils import timezone

from annotator.studies.models import AdjudicatorPresence, Case


def opened_by_others(reader: User) -> QuerySet[AdjudicatorPresence]:
    """The presences of everybody but `reader` that have not expired."""
    return AdjudicatorPresence.objects.filter(open_until__gt=timezone.now()).exclude(adjudicator=reader).order_by()


def others_present_at(case: Case, reader: User) -> datetime | None:
    """The latest time at which another adjudicator, still present, opened the case; None for nobody."""
    at: datetime | None = opened_by_others(reader).filter(case=case).aggregate(at=Max("opened_at"))["at"]
    return at
