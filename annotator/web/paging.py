"""Pagination: by key, where a page starts after the last row of the one before, or by number."""

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


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[Row]):
    """One page of a list of `total` rows, which is short enough to be counted; `rows` is a slice of the query."""

    rows: "QuerySet[Row]"
    number: int
    pages: int
    total: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def numbered_page(request: HttpRequest, rows: QuerySet[Row], *, size: int) -> NumberedPage[Row]:
    """The page `?page=`, from 1. Anything but a number is the first page, and beyond the last one is the last."""
    total = rows.count()
    pages = max(1, -(-total // size))
    page = request.GET.get("page", "")
    number = int(page) if page.isdecimal() and len(page) < 10 else 1
    number = min(max(number, 1), pages)
    return NumberedPage(rows[(number - 1) * size : number * size], number, pages, total)


def page_by(request: HttpRequest, rows: QuerySet[Row], field: str, *, newest_first: bool = False) -> Page[Row]:
    """The page after `?after=`, sorted by `field`, a unique whole number. Anything but a number is the first page."""
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(**{f"{field}__{'lt' if newest_first else 'gt'}": int(after)})
    window = list(rows.order_by(f"-{field}" if newest_first else field)[: PAGE_SIZE + 1])
    last: Any = window[PAGE_SIZE - 1] if len(window) > PAGE_SIZE else None
    return Page(rows=window[:PAGE_SIZE], after=getattr(last, field) if last is not None else None)
