"""Events of one study, and of the site, each with the short name of its study. Reads only."""

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from annotator.events.models import Event
from annotator.runs.models import Run
from annotator.studies.models import EarlierRuns, Study


def events_of_study(study: Study) -> QuerySet[Any]:
    """The events of a study and of the runs that it pairs or did."""
    pairs = EarlierRuns.objects.filter(study=study).values_list("first_run", "second_run")
    numbers = {study.first_run_id, study.second_run_id}.union(*pairs)
    subjects = [f"{Run._meta.label_lower}:{number}" for number in numbers]
    return _described(Event.objects.filter(Q(study=study.pk) | Q(subject__in=subjects)))


def events_of_site() -> QuerySet[Any]:
    """All events."""
    return _described(Event.objects.all())


def _described(events: QuerySet[Event]) -> QuerySet[Any]:
    """Join the account of who did it, and annotate `study_slug`, None for no study or one that was deleted."""
    slug = Study.objects.filter(pk=OuterRef("study")).order_by().values("slug")[:1]
    return events.select_related("actor").annotate(study_slug=Subquery(slug))
