"""Cache of analysis results. A key changes with the annotations, so no result is out of date."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Count, Max

from annotator.analysis.counted_annotations import annotation_revisions, counted_assignments
from annotator.studies.models import Adjudication, Study

Result = TypeVar("Result")

_TIMEOUT_S = 24 * 60 * 60


def cached(study: Study, name: str, compute: Callable[[], Result]) -> Result:
    """Return the cached result of that name, else compute and cache it. Three queries for the key."""
    key = _key(study, name)
    stored: Result | None = cache.get(key)
    if stored is not None:
        return stored
    result = compute()
    cache.set(key, result, _TIMEOUT_S)
    return result


def cached_or_none(study: Study, name: str) -> Any:
    """Return the cached result of that name, or None if it has to be computed, which takes seconds."""
    return cache.get(_key(study, name))


def annotations_key(study: Study) -> str:
    """Return a key that changes with every decision, and with everything with which cached results change."""
    decided = Adjudication.objects.filter(case__study=study).aggregate(newest=Max("pk"))["newest"]
    return f"{_key(study, '')}.{decided}"


def _key(study: Study, name: str) -> str:
    """Changes with every submission, blind choice, practice case, member left out and version of the codebook."""
    revision = annotation_revisions(study).aggregate(newest=Max("pk"), n=Count("pk"))
    chosen = counted_assignments(study).exclude(blind_choice="").count()
    left_out = study.memberships.filter(left_out=True).order_by("pk").values_list("pk", flat=True)
    newest = f"{revision['newest']}.{revision['n']}.{chosen}.{'-'.join(map(str, left_out))}"
    return f"analysis.{study.pk}.{study.codebook_id}.{newest}.{name}"
