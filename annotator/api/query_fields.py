"""Query parameters that a serializer reads, described for the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers


def query_parameters(serializer: serializers.Serializer[Any]) -> list[OpenApiParameter]:
    """Describe each field of the serializer as a query parameter."""
    return [
        OpenApiParameter(name, _type(field), required=field.required, description=str(field.help_text or ""))
        for name, field in serializer.fields.items()
    ]


def _type(field: serializers.Field[Any, Any, Any, Any]) -> Any:
    if isinstance(field, serializers.ChoiceField):
        return {"type": "string", "enum": list(field.choices)}
    if isinstance(field, serializers.ListField):
        return {"type": "array", "items": {"type": "string"}}  # repeated in the address
    if isinstance(field, serializers.BooleanField):
        return bool
    return int if isinstance(field, serializers.IntegerField) else str
