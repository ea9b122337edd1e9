"""Exemplars of a candidate and of a study."""

from django.db.models import QuerySet

from annotator.exemplars.models import Candidate, Exemplar
from annotator.studies.models import Study


def exemplar_of(candidate: Candidate) -> Exemplar | None:
    """Return the exemplar of a candidate that is not withdrawn, with its repair and who approved it."""
    current = Exemplar.objects.filter(candidate=candidate, withdrawn_at=None)
    return current.select_related("repair", "approved_by").first()


def exemplars_of(study: Study) -> QuerySet[Exemplar]:
    """Return the exemplars of a study, withdrawn ones too, with prompt, case, attempt and people."""
    joined = ("prompt", "candidate", "repair__language_model", "approved_by", "withdrawn_by")
    return Exemplar.objects.filter(candidate__case__study=study).select_related(*joined).order_by("pk")
