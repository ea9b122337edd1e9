"""Keyset pagination: a page starts after the last row of the previous one, so all cost the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows; `after` is where the next page starts, None at the end."""

    rows: Sequence[Row]
    after: int | None


def page_by(request: HttpRequest, rows: QuerySet[Row], field: str, *, newest_first: bool = False) -> Page[Row]:
    """The page after `?after=`, sorted by `field`, a unique whole number. Anything but a number is the first page."""
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(**{f"{field}__{'lt' if newest_first else 'gt'}": int(after)})
    window = list(rows.order_by(f"-{field}" if newest_first else field)[: PAGE_SIZE + 1])
    last: Any = window[PAGE_SIZE - 1] if len(window) > PAGE_SIZE else None
    return Page(rows=window[:PAGE_SIZE], after=getattr(last, field) if last is not None else None)
