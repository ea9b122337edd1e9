"""Exemplars of a candidate and of a study, and those that the current checkers have not proved."""

from collections.abc import Collection

from django.db.models import QuerySet

from annotator.constraints import CHECKER_VERSION
from annotator.exemplars.models import Candidate, Exemplar, ExemplarProof
from annotator.studies.models import Study


def exemplar_of(candidate: Candidate) -> Exemplar | None:
    """Return the exemplar of a candidate that is not withdrawn, with its repair and who approved it."""
    current = Exemplar.objects.filter(candidate=candidate, withdrawn_at=None)
    return current.select_related("repair", "approved_by").first()


def exemplars_of(study: Study) -> QuerySet[Exemplar]:
    """Return the exemplars of a study, withdrawn ones too, with prompt, case, attempt and people."""
    joined = ("prompt", "candidate", "repair__language_model", "approved_by", "withdrawn_by")
    return Exemplar.objects.filter(candidate__case__study=study).select_related(*joined).order_by("pk")


def unproved_exemplar(exemplars: Collection[Exemplar]) -> Exemplar | None:
    """Return the first of these that the current checkers have not proved: they changed since its last proof."""
    holding = ExemplarProof.objects.filter(exemplar__in=exemplars, checker_version=CHECKER_VERSION, holds=True)
    proved = set(holding.values_list("exemplar_id", flat=True))
    return next((exemplar for exemplar in exemplars if exemplar.pk not in proved), None)
