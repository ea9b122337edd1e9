"""Access to events: those of a study for its leads, all of them for site leads."""

from typing import Any

from django.db.models import QuerySet

from annotator.access.objects import Visitor
from annotator.access.roles import require_site_lead
from annotator.access.studies import study_led_by
from annotator.studies.selectors.events import events_of_site, events_of_study


def study_events_for(user: Visitor, slug: str) -> QuerySet[Any]:
    """The events of a study, for those who lead it."""
    return events_of_study(study_led_by(user, slug))


def site_events_for(user: Visitor) -> QuerySet[Any]:
    """Every event, for site leads; 404 for anybody else."""
    require_site_lead(user)
    return events_of_site()
