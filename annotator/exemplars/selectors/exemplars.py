"""Exemplars of a candidate and of a study."""

from collections.abc import Collection, Mapping

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


def candidates_by_case(case_ids: Collection[int]) -> Mapping[int, int]:
    """Return case id -> the id of its oldest candidate, for the cases that have one."""
    rows = Candidate.objects.filter(case__in=case_ids).order_by("-pk")
    return dict(rows.values_list("case_id", "pk"))
