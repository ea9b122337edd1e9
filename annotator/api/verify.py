"""Verification over REST: checks a text against constraints and stores nothing."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.views import ApiView
from annotator.constraints import (
    CHECKER_VERSION,
    ConstraintArgumentError,
    ConstraintSpec,
    UnknownKindError,
    check_all,
    title,
    validate,
)
from annotator.constraints.time_budget import TimeIsUpError, time_budget
from annotator.runs.models import Verdict

MAX_TEXT = 100_000  # characters
MAX_CONSTRAINTS = 20
MAX_SECONDS = 2.0  # of the processor, for one request


class SpecSerializer(StrictSerializer):
    kind = serializers.CharField(max_length=96)
    kwargs = serializers.DictField(default=dict)

    def validate(self, attrs: dict[str, Any]) -> ConstraintSpec:
        """Return the constraint in the form of the checkers; an unknown kind or argument is an error."""
        try:
            return ConstraintSpec(attrs["kind"], validate(attrs["kind"], attrs["kwargs"]))
        except (UnknownKindError, ConstraintArgumentError) as error:
            raise serializers.ValidationError(str(error)) from None
        except TimeIsUpError:
            sentence = _(
                "The patterns of this request take more than %(n)d seconds to read; send fewer or shorter ones."
            )
            raise serializers.ValidationError(sentence % {"n": MAX_SECONDS}) from None


class VerifySerializer(StrictSerializer):
    text = serializers.CharField(max_length=MAX_TEXT, allow_blank=True, trim_whitespace=False)
    constraints = serializers.ListField(child=SpecSerializer(), min_length=1, max_length=MAX_CONSTRAINTS)
    prompt = serializers.CharField(
        max_length=MAX_TEXT, default="", allow_blank=True, trim_whitespace=False, help_text="For constraints about it."
    )
    scope = Choice(choices=Verdict.Scope.choices, default=Verdict.Scope.ANSWER, help_text="What `text` is; given back.")


class DecidedSerializer(serializers.Serializer[Any]):
    obeyed = serializers.BooleanField(allow_null=True, help_text="null: it cannot be verified, `note` says why")
    observed = serializers.CharField()
    required = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes fields off the class
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    note = serializers.CharField()


class CheckedSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField()
    strict = DecidedSerializer()
    loose = DecidedSerializer()


class VerifiedSerializer(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=Verdict.Scope.choices)
    checker_version = serializers.CharField()
    verdicts = CheckedSerializer(many=True)


class VerifyView(ApiView):
    """Check a text against constraints. Spans are [start, end) in characters of the text.

    A request has 2 seconds of processor time; a constraint that is not reached in it is not verified, and its note says
    "not checked".
    """

    changes_need = Scope.READ

    @extend_schema(operation_id="verify", request=VerifySerializer, responses=VerifiedSerializer)
    def post(self, request: Request) -> Response:
        with time_budget(MAX_SECONDS):
            return self._verified(request)

    def _verified(self, request: Request) -> Response:
        body = validated(VerifySerializer, request.data)
        specs: list[ConstraintSpec] = body["constraints"]
        decisions = check_all(specs, body["text"], prompt=body["prompt"])
        verdicts = [
            {
                "kind": spec.kind,
                "title": title(spec.kind, spec.kwargs),
                "strict": decision.strict.as_json(),
                "loose": decision.loose.as_json(),
            }
            for spec, decision in zip(specs, decisions, strict=True)
        ]
        scope = body["scope"]
        return Response({"scope": scope, "checker_version": CHECKER_VERSION, "verdicts": verdicts})
