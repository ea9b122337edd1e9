"""Keeps a result for as long as the judgements it was computed from are the newest. Knows no result's meaning."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Count, Max

from annotator.analysis.judgements import counted_annotations, counted_assignments
from annotator.studies.models import Study

Result = TypeVar("Result")

_KEPT_S = 24 * 60 * 60


def remembered(study: Study, name: str, compute: Callable[[], Result]) -> Result:
    """The kept result of that name, or a newly computed one. Two queries."""
    key = _key(study, name)
    kept: Result | None = cache.get(key)
    if kept is not None:
        return kept
    result = compute()
    cache.set(key, result, _KEPT_S)
    return result


def recalled(study: Study, name: str) -> Any:
    """The kept result of that name, or None: a page looks here before it makes anybody wait."""
    return cache.get(_key(study, name))


def _key(study: Study, name: str) -> str:
    """Changes with every submission, blind choice, practice case and version of the codebook."""
    said = counted_annotations(study).aggregate(newest=Max("pk"), n=Count("pk"))
    chosen = counted_assignments(study).exclude(blind_choice="").count()
    return f"analysis.{study.pk}.{study.codebook_id}.{said['newest']}.{said['n']}.{chosen}.{name}"
