"""Practice cases over REST, for leads: made from a case, changed, and turned back into real ones."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.parsing import NothingSerializer, StrictSerializer, validated
from annotator.api.views import ApiView
from annotator.studies.models import Practice
from annotator.studies.services import practice_end, practice_set
from annotator.studies.services.practice import MAX_FEEDBACK

_REFUSED = {409: OpenApiResponse(description="The case was handed out, or somebody has practised on it.")}


class PracticeSerializer(serializers.ModelSerializer[Practice]):
    patterns = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)

    class Meta:
        model = Practice
        fields = ("case", "label", "patterns", "feedback")


class ExpectedAnnotationSerializer(StrictSerializer):
    label = fields.label(help_text="The expected label.")
    patterns = serializers.ListField(child=serializers.CharField(max_length=64), default=list)
    feedback = serializers.CharField(max_length=MAX_FEEDBACK, default="", allow_blank=True)


class PracticeView(ApiView):
    """A case as practice."""

    @extend_schema(
        operation_id="practice_set",
        request=ExpectedAnnotationSerializer,
        responses={200: PracticeSerializer, **_REFUSED},
    )
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Make a case that nobody has seen a practice case, or change what is expected of it."""
        case = access.case_led_by(request.user, slug, case_id)
        body = validated(ExpectedAnnotationSerializer, request.data)
        return Response(PracticeSerializer(practice_set(case=case, **body, by=self.person)).data)


class PracticeEndView(ApiView):
    """A practice case as a real one."""

    @extend_schema(operation_id="practice_end", request=None, responses={204: None, **_REFUSED})
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Make a practice case a real one again."""
        case = access.case_led_by(request.user, slug, case_id)
        validated(NothingSerializer, request.data)
        practice_end(case=case, by=self.person)
        return Response(status=204)
