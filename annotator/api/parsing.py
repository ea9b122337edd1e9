"""Reads request bodies: JSON that Python can nest and UTF-8 can spell, and no field that nobody asked for."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.parsers import JSONParser


class PlainJSONParser(JSONParser):
    """JSON without the two things that pass for JSON and break what comes after: endless depth, half characters."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
            json.dumps(body, ensure_ascii=False).encode()
        except RecursionError:
            raise exceptions.ParseError(_("The body is nested too deeply; flatten it.")) from None
        except UnicodeEncodeError:
            raise exceptions.ParseError(_("The body holds half a surrogate pair, which is no text.")) from None
        return body


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know, instead of dropping them without a word."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = [field for field in data if field not in self.fields] if isinstance(data, Mapping) else []
        if unknown:
            message = _("Unknown field %(field)r; known fields: %(known)s.") % {
                "field": str(unknown[0])[:80],
                "known": ", ".join(self.fields),
            }
            raise serializers.ValidationError({"non_field_errors": [message]})
        return super().to_internal_value(data)
