"""The filter of lists that shows what is archived: `?archived=1`."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class ArchiveFilter:
    """Whether a list shows the archived rows instead of the others, and how many of them there are."""

    shown: bool
    archived: int


def archive_filter(request: HttpRequest, rows: QuerySet[Row]) -> tuple[QuerySet[Row], ArchiveFilter]:
    """Return those of `rows` that the list shows, and the filter for its link."""
    archived: QuerySet[Any] = rows.filter(archived_at__isnull=False)
    shown = request.GET.get("archived") == "1"
    return (archived if shown else rows.filter(archived_at=None)), ArchiveFilter(shown, archived.count())
