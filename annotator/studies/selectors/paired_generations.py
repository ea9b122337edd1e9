"""Generations of a study: those that its cases pair, practice and checks included."""

from django.db.models import Q, QuerySet

from annotator.runs.models import Generation
from annotator.studies.models import Case, Study


def paired_generations(study: Study) -> QuerySet[Generation]:
    """Return the generations of both runs that are in a case."""
    cases = Case.objects.filter(study=study).order_by()
    return Generation.objects.filter(Q(pk__in=cases.values("first")) | Q(pk__in=cases.values("second")))


def second_generations(study: Study) -> QuerySet[Generation]:
    """Return the generations of the second run that are in a case which can be judged."""
    judged = Case.objects.filter(study=study).exclude(outcome=Case.Outcome.NO_ANSWER).order_by()
    return Generation.objects.filter(pk__in=judged.values("second"))
