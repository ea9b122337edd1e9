"""Codebooks over REST, for leads: all versions, and the one of a study with its patterns."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.case_sheets import PatternSerializer
from annotator.api.entity_tags import IF_MATCH, check_match
from annotator.api.pagination import Filter, text_filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Codebook
from annotator.studies.services import codebook_edit


class CodebookSerializer(serializers.ModelSerializer[Codebook]):
    class Meta:
        model = Codebook
        fields: ClassVar[tuple[str, ...]] = ("name", "version", "content_hash")


class CodebookList(ApiListView):
    """List every version of every codebook, for those who lead the site or any study."""

    serializer_class = CodebookSerializer
    filters: ClassVar[dict[str, Filter]] = {"name": text_filter("name", "The codebook's name, exactly.")}

    def get_queryset(self) -> QuerySet[Codebook]:
        access.require_lead(self.request.user)
        return Codebook.objects.all()


class CodebookContentSerializer(CodebookSerializer):
    patterns = PatternSerializer(many=True)

    class Meta(CodebookSerializer.Meta):
        fields: ClassVar = (*CodebookSerializer.Meta.fields, "guideline", "patterns")


class NewPatternSerializer(StrictSerializer):
    slug = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=80)
    hotkey = serializers.CharField(max_length=1, help_text="A digit from 1 to 9.")
    help = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    examples = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    needs_text = serializers.BooleanField(default=False)


class NewCodebookSerializer(StrictSerializer):
    base_version = serializers.IntegerField(min_value=1, help_text="The version that you read and changed.")
    guideline = serializers.CharField(
        max_length=100_000, allow_blank=True, trim_whitespace=False, help_text="In Markdown."
    )
    patterns = NewPatternSerializer(many=True, max_length=9)  # type: ignore[call-arg]  # of the list


class StudyCodebookView(ApiView):
    """The codebook of a study that you lead."""

    @extend_schema(operation_id="codebook_read", responses=CodebookContentSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Read the version by which the study is judged now."""
        return Response(CodebookContentSerializer(access.study_led_by(request.user, slug).codebook).data)

    @extend_schema(
        operation_id="codebook_edit",
        parameters=[IF_MATCH],
        request=NewCodebookSerializer,
        responses={
            200: CodebookContentSerializer,
            409: OpenApiResponse(description="Another version was saved meanwhile."),
        },
    )
    def put(self, request: Request, slug: str) -> Response:
        """Store the content as the next version and judge by it from now on. The same content is the same version."""
        study = access.study_led_by(request.user, slug)
        content = validated(NewCodebookSerializer, request.data)
        base_version = content.pop("base_version")
        same = Codebook.objects.filter(name=study.codebook.name, version=base_version)
        base_id = same.values_list("pk", flat=True).first() or 0
        check_match(request, CodebookContentSerializer(study.codebook).data)  # a change since then fails at its base
        codebook = codebook_edit(study=study, base_id=base_id, content=content, by=self.person)
        return Response(CodebookContentSerializer(codebook).data)
