"""Strict JSON bodies: deep nesting, lone surrogates, repeated names and unknown fields are refused."""

import json
from collections.abc import Mapping
from typing import IO, Any, ClassVar, NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.parsers import JSONParser

from annotator.strict_json import STRICT, RepeatedNameError

_NO_FIELDS = gettext_lazy("Unknown field %(field)r; nothing is sent here but an empty object.")
_SHOWN = 80  # characters of a refused value in its error


class PlainJSONParser(JSONParser):
    """A JSON parser that refuses what Python or the database cannot process, and what has two meanings."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = STRICT.decode(stream.read().decode("utf-8").strip())
            json.dumps(body, ensure_ascii=False).encode()
        except RecursionError:
            raise exceptions.ParseError(_("The body is nested too deeply; flatten it.")) from None
        except UnicodeEncodeError:
            raise exceptions.ParseError(_("The body holds half a surrogate pair, which is no text.")) from None
        except UnicodeDecodeError:
            raise exceptions.ParseError(_("The body is not UTF-8.")) from None
        except RepeatedNameError as error:
            sentence = _("The name %(name)r stands twice in one object; remove one of the two.")
            raise exceptions.ParseError(sentence % {"name": error.name[:_SHOWN]}) from None
        except ValueError as error:
            raise exceptions.ParseError(_("The body is not JSON: %(problem)s.") % {"problem": error}) from None
        return body


class Choice(serializers.ChoiceField):
    """A choice field whose error names the choices."""

    default_error_messages: ClassVar = {"invalid_choice": gettext_lazy("{input!r} is unknown; choose one of {known}.")}

    def fail(self, key: str, **values: Any) -> NoReturn:
        if "input" in values:
            values["input"] = str(values["input"])[:_SHOWN]
        super().fail(key, known=", ".join(map(str, self.choices)), **values)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields instead of dropping them silently."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = [field for field in data if field not in self.fields] if isinstance(data, Mapping) else []
        if unknown:
            sentence = _("Unknown field %(field)r; known fields: %(known)s.") if self.fields else _NO_FIELDS
            message = sentence % {"field": str(unknown[0])[:_SHOWN], "known": ", ".join(self.fields)}
            raise serializers.ValidationError({"non_field_errors": [message]})
        return super().to_internal_value(data)


class NothingSerializer(StrictSerializer):
    """The empty body of a request whose URL says everything."""


def validated(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return what was sent, as the serializer reads it. Raises ValidationError, with the errors by field."""
    sent = serializer(data=data)
    sent.is_valid(raise_exception=True)
    values: dict[str, Any] = sent.validated_data
    return values
