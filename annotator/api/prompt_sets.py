"""Routes of prompt sets and training rows: lists, members, uses, and the files of each format.

For curators and leads of the study.
"""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.downloads import LINES, download_released, file_response, left_out_header
from annotator.api.pagination import Filter, text_filter
from annotator.api.parsing import Choice
from annotator.api.views import ApiListView, ApiView
from annotator.exemplars.models import PromptSet, PromptSetMember, PromptSetUse
from annotator.releases.pairs import PAIR_FORMATS, pairs_file
from annotator.releases.prompt_sets import PROMPT_SET_FORMATS, prompt_set_file
from annotator.runs.models import LanguageModel


class PromptSetSerializer(serializers.ModelSerializer[PromptSet]):
    language_model = serializers.SlugRelatedField[LanguageModel](
        slug_field="slug", read_only=True, help_text="The one whose tokenizer counts the budget; null for none."
    )

    class Meta:
        model = PromptSet
        fields = (
            "name",
            "version",
            "template",
            "shows_reasoning",
            "budget_tokens",
            "language_model",
            "content_hash",
            "frozen_at",
            "created_at",
        )


class PromptSetList(ApiListView):
    """List the prompt sets of a study that you curate or lead, every version of each."""

    serializer_class = PromptSetSerializer
    filters: ClassVar[dict[str, Filter]] = {"name": text_filter("name", "The set's name, exactly.")}

    def get_queryset(self) -> QuerySet[PromptSet]:
        study = access.study_to_curate(self.request.user, self.kwargs["slug"])
        return access.prompt_sets_for(self.request.user).filter(study=study).select_related("language_model")


class MemberSerializer(serializers.ModelSerializer[PromptSetMember]):
    exemplar = serializers.IntegerField(source="exemplar_id")
    key = fields.prompt_key("exemplar.prompt.key")
    prompt = serializers.CharField(source="exemplar.prompt.text")
    reasoning = serializers.CharField(source="exemplar.reasoning")
    answer = serializers.CharField(source="exemplar.answer")
    content_hash = serializers.CharField(source="exemplar.content_hash")
    withdrawn_reason = serializers.CharField(
        source="exemplar.withdrawn_reason", help_text="Why the exemplar was withdrawn; '' where it was not."
    )

    class Meta:
        model = PromptSetMember
        fields = ("position", "exemplar", "key", "prompt", "reasoning", "answer", "content_hash", "withdrawn_reason")


class UseSerializer(serializers.ModelSerializer[PromptSetUse]):
    run = serializers.IntegerField(source="run_id")
    excluded = serializers.ListField(
        child=serializers.DictField(), help_text="The prompts that leak: key, exemplar, rule and similarity of each."
    )

    class Meta:
        model = PromptSetUse
        fields = ("run", "excluded", "prompts_before", "prompts_after", "created_at")


class PromptSetDetailSerializer(PromptSetSerializer):
    members = MemberSerializer(many=True)
    uses = UseSerializer(many=True, help_text="The runs with this set, and the prompts that each excludes.")

    class Meta(PromptSetSerializer.Meta):
        fields = (*PromptSetSerializer.Meta.fields, "members", "uses")  # type: ignore[assignment]


class PromptSetView(ApiView):
    """One version of a prompt set: its exemplars in order, and the runs that used it."""

    @extend_schema(operation_id="prompt_set", responses=PromptSetDetailSerializer)
    def get(self, request: Request, slug: str, name: str, version: int) -> Response:
        prompt_set = access.prompt_set_for(request.user, slug, name, version)
        return Response(detail(prompt_set))


def detail(prompt_set: PromptSet) -> Any:
    """Return a prompt set with its members and uses as JSON, in a constant number of queries."""
    members = PromptSetMember.objects.select_related("exemplar__prompt")
    prefetch_related_objects([prompt_set], Prefetch("members", members), "uses")
    return PromptSetDetailSerializer(prompt_set).data


def _format(known: Any, default: str) -> OpenApiParameter:
    """Describe the query parameter `format`."""
    return OpenApiParameter(
        "format",
        str,
        enum=list(known),
        default=default,
        description="; ".join(f"{format.name}: {format.description}" for format in known.values()),
    )


class _ExportView(ApiView):
    """A view that reads the query parameter `format`, one of `formats`; without it the first one."""

    formats: ClassVar[tuple[str, ...]]

    def known_parameters(self) -> tuple[str, ...]:
        return ("format",)

    def chosen_format(self, request: Request) -> str:
        """Return the format that is asked for. Raises ValidationError, which names the known ones."""
        try:
            field = Choice(choices=self.formats)
            return str(field.run_validation(request.query_params.get("format", self.formats[0])))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"format": error.detail}) from None


class PromptSetExport(_ExportView):
    """Download one version of a prompt set in one of five formats. Withdrawn exemplars are left out and counted."""

    formats = tuple(PROMPT_SET_FORMATS)

    @extend_schema(
        operation_id="prompt_set_export",
        parameters=[_format(PROMPT_SET_FORMATS, formats[0]), left_out_header()],
        responses={
            (200, LINES): file_response("The set in a format of lines; JSON or plain text in the others."),
        },
    )
    def get(self, request: Request, slug: str, name: str, version: int) -> StreamingHttpResponse:
        prompt_set = access.prompt_set_for(request.user, slug, name, version)
        return download_released(prompt_set_file(prompt_set, self.chosen_format(request)))


class PairsExport(_ExportView):
    """Download training rows of a study as JSON lines: pairs, labelled generations, or prompts with completions."""

    formats = tuple(PAIR_FORMATS)

    @extend_schema(
        operation_id="study_pairs",
        parameters=[_format(PAIR_FORMATS, formats[0]), left_out_header()],
        responses={(200, LINES): file_response("One row a line.")},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        study = access.study_to_curate(request.user, slug)
        return download_released(pairs_file(study, self.chosen_format(request)))
