"""Keyset pagination and filters of lists. A view names each of its filters; others are refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from annotator.api.parsing import Choice

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter: the ORM lookup that it filters by, and the serializer field that parses it.

    `default` is the value of the lookup without the parameter; None filters by nothing.
    """

    lookup: str
    field: serializers.Field[Any, Any, Any, Any]
    description: str
    default: bool | None = None

    def schema(self) -> Schema:
        """Return the parameter's OpenAPI schema."""
        if isinstance(self.field, serializers.ChoiceField):
            return {"type": "string", "enum": list(self.field.choices)}
        return {"type": "boolean" if isinstance(self.field, serializers.BooleanField) else "string"}


def text_filter(lookup: str, description: str) -> Filter:
    """A filter by an exact text of at most 256 characters."""
    return Filter(lookup, serializers.CharField(max_length=256), description)


def choice_filter(lookup: str, choices: list[str], description: str) -> Filter:
    """A filter by one of `choices`."""
    return Filter(lookup, Choice(choices=choices), description)


def archived_filter() -> Filter:
    """The filter of lists whose archived rows are left out unless they are asked for."""
    return Filter("archived_at__isnull", NotBoolean(), "true lists what is archived, and nothing else.", default=True)


class NotBoolean(serializers.BooleanField):
    """A Boolean, negated: `archived` is stored as a time, which is null where it is false."""

    def to_internal_value(self, data: Any) -> bool:
        return not super().to_internal_value(data)


class AllowedFilters(BaseFilterBackend):
    """The filters that a view names; no other parameter reaches the ORM."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filters: Mapping[str, Filter] = getattr(view, "filters", {})
        for name, allowed in filters.items():
            if name in request.query_params:
                value = _read(name, allowed.field, request.query_params[name])
                queryset = queryset.filter(**{allowed.lookup: value})
            elif allowed.default is not None:
                queryset = queryset.filter(**{allowed.lookup: allowed.default})
        return queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[Schema]:
        filters: Mapping[str, Filter] = getattr(view, "filters", {})
        return [_parameter(name, allowed.schema(), allowed.description) for name, allowed in filters.items()]


class KeysetPagination(BasePagination):
    """`?after=CURSOR&limit=N`: rows after a key, so that page 1,000 costs what page 1 does."""

    parameters = ("after", "limit")

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        after = _read("after", serializers.IntegerField(min_value=0), request.query_params.get("after", "0"))
        limits = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT)
        limit = _read("limit", limits, request.query_params.get("limit", str(DEFAULT_LIMIT)))
        rows: list[Model] = list(queryset.filter(pk__gt=after).order_by("pk")[: limit + 1])
        self._next = None
        if len(rows) > limit:
            self._next = replace_query_param(request.build_absolute_uri(), "after", str(rows[limit - 1].pk))
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next})

    def get_paginated_response_schema(self, schema: Schema) -> Schema:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {"type": ["string", "null"], "format": "uri", "description": "null on the last page"},
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[Schema]:
        return [
            _parameter("after", {"type": "integer"}, "The cursor: follow next instead of making one up."),
            _parameter("limit", {"type": "integer", "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}, "Rows in a page."),
        ]


def _read(name: str, field: serializers.Field[Any, Any, Any, Any], value: str) -> Any:
    try:
        return field.run_validation(value)
    except serializers.ValidationError as error:
        raise serializers.ValidationError({name: error.detail}) from None


def _parameter(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
