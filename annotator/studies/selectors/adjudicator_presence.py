"""Which cases other adjudicators have open at this moment. Reads only; nobody is named."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max, QuerySet
from django.utils import timezone

from annotator.studies.models import AdjudicatorPresence, Case


def opened_by_others(reader: User) -> QuerySet[AdjudicatorPresence]:
    """The openings of everybody but `reader` that have not ended."""
    return AdjudicatorPresence.objects.filter(open_until__gt=timezone.now()).exclude(adjudicator=reader).order_by()


def others_opened_at(case: Case, reader: User) -> datetime | None:
    """When the last of those others opened the case who have it open still; None when nobody has."""
    at: datetime | None = opened_by_others(reader).filter(case=case).aggregate(at=Max("opened_at"))["at"]
    return at
