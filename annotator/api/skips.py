"""Skipped cases of a study over REST, for its leads, who hand them out again."""

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.pagination import Filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Case
from annotator.studies.selectors.skipped_cases import (
    Skip,
    SkippedCase,
    cases_with_skips,
    skipped_cases,
    stranded_cases,
)
from annotator.studies.services import case_hand_out_again
from annotator.studies.services.reworks import MAX_NOTE


class SkipSerializer(serializers.Serializer[Skip]):
    annotator = serializers.CharField(source="pseudonym")
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class SkippedCaseSerializer(serializers.Serializer[SkippedCase]):
    case = serializers.IntegerField(source="case.pk")
    key = fields.prompt_key("case.prompt.key")
    skips = SkipSerializer(many=True)
    needed = serializers.IntegerField(help_text="Annotations that are missing.")
    left = serializers.IntegerField(help_text="Annotators who have neither submitted nor skipped it.")
    stranded = serializers.BooleanField(help_text="Whether fewer annotators are left than are needed.")


class SkippedCaseList(ApiListView):
    """List the cases of a study that you lead which are skipped and not fully judged."""

    serializer_class = SkippedCaseSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "stranded": Filter("is_stranded", serializers.BooleanField(), "Whether nobody is left to judge it."),
    }

    def get_queryset(self) -> QuerySet[Case]:
        study = access.study_led_by(self.request.user, self.kwargs["slug"])
        stranded = stranded_cases(study).filter(pk=OuterRef("pk")).order_by()
        described: QuerySet[Case] = cases_with_skips(study).annotate(is_stranded=Exists(stranded))
        return described

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """The page's cases with their skips."""
        study = access.study_led_by(self.request.user, self.kwargs["slug"])
        return list(skipped_cases(study, super().paginate_queryset(queryset) or ()))


class NoteSerializer(StrictSerializer):
    note = serializers.CharField(
        max_length=MAX_NOTE, default="", allow_blank=True, help_text="For those who skipped it."
    )


class HandedOutSerializer(serializers.Serializer[Any]):
    annotators = serializers.IntegerField(help_text="How many annotators find it in their queue again.")


class HandOutView(ApiView):
    """A skipped case, handed out again."""

    @extend_schema(
        operation_id="case_hand_out_again",
        request=NoteSerializer,
        responses={
            200: HandedOutSerializer,
            409: OpenApiResponse(description="The study is closed, the case is fully judged, or no skip stands."),
        },
    )
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Hand a skipped case out again to those who skipped it."""
        case = access.case_led_by(request.user, slug, case_id)
        body = validated(NoteSerializer, request.data)
        n = case_hand_out_again(case=case, author=self.person, **body)
        return Response(HandedOutSerializer({"annotators": n}).data)
