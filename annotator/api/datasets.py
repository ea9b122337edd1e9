"""Datasets and their prompts over REST, for leads."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.pagination import Filter, archived_filter, text_filter
from annotator.api.views import ApiListView, ApiView
from annotator.datasets.models import Constraint, Dataset, Prompt


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    class Meta:
        model = Dataset
        fields = ("name", "version", "format", "content_hash", "prompt_count", "terms", "created_at", "archived_at")


class DatasetList(ApiListView):
    """List datasets. Leads see all of them, other people none."""

    serializer_class = DatasetSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "name": text_filter("name", "The dataset's name, exactly."),
        "archived": archived_filter(),
    }

    def get_queryset(self) -> QuerySet[Dataset]:
        return access.datasets_for(self.request.user)


class DatasetView(ApiView):
    """One version of a dataset."""

    @extend_schema(operation_id="dataset_read", responses=DatasetSerializer)
    def get(self, request: Request, name: str, version: int) -> Response:
        """Read one version of a dataset, for leads."""
        return Response(DatasetSerializer(access.dataset_for(request.user, name, version)).data)


class ConstraintSerializer(serializers.ModelSerializer[Constraint]):
    span = serializers.SerializerMethodField()

    class Meta:
        model = Constraint
        fields = ("kind", "kwargs", "scope", "span")

    def get_span(self, row: Constraint) -> list[int] | None:
        """The span of the prompt that states it: [start, end) in characters, or null."""
        if row.span_start is None or row.span_end is None:
            return None
        return [row.span_start, row.span_end]


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    constraints = ConstraintSerializer(many=True)

    class Meta:
        model = Prompt
        fields = ("key", "position", "text", "known_defects", "metadata", "constraints")


class PromptList(ApiListView):
    """List the prompts of one version of a dataset, in their order, with their constraints. For leads."""

    serializer_class = PromptSerializer
    filters: ClassVar[dict[str, Filter]] = {"key": text_filter("key", "The prompt's key in its source, exactly.")}

    def get_queryset(self) -> QuerySet[Prompt]:
        dataset = access.dataset_for(self.request.user, self.kwargs["name"], self.kwargs["version"])
        return dataset.prompts.prefetch_related("constraints")
