"""Lookup of one row, or 404."""

from typing import TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from annotator.runs.models import Run
from annotator.studies.models import Assignment, Case, Study

Visitor = User | AnonymousUser
Row = TypeVar("Row", bound=Model)
DELETED_MEANWHILE = (Study.DoesNotExist, Case.DoesNotExist, Assignment.DoesNotExist, Run.DoesNotExist)
"""Raised where a row was deleted since the request opened it: it is not found, as if it had gone before."""
_GREATEST_ID = 2**63 - 1


def one_or_404(rows: QuerySet[Row], **lookup: str | int | UUID | None) -> Row:
    """Return the row, or raise Http404; also for a value of a URL that the database cannot store."""
    for value in lookup.values():
        refuse_unstorable(value)
    return get_object_or_404(rows, **lookup)


def refuse_unstorable(value: str | int | UUID | None) -> None:
    """Raise Http404 for a text or number that no column can store."""
    if (isinstance(value, str) and "\x00" in value) or (isinstance(value, int) and value > _GREATEST_ID):
        raise Http404
