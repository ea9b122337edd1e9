"""Keyset pages of a list: each starts after the last row of the one before, so all cost the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and where the next page starts (None at the end)."""

    rows: Sequence[Row]
    after: int | None


def page_by(request: HttpRequest, rows: QuerySet[Row], field: str, *, newest_first: bool = False) -> Page[Row]:
    """The rows after `?after=`, by `field`: a whole number that is unique among them. Nonsense is the first page."""
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(**{f"{field}__{'lt' if newest_first else 'gt'}": int(after)})
    some = list(rows.order_by(f"-{field}" if newest_first else field)[: PAGE_SIZE + 1])
    last: Any = some[PAGE_SIZE - 1] if len(some) > PAGE_SIZE else None
    return Page(rows=some[:PAGE_SIZE], after=getattr(last, field) if last is not None else None)
