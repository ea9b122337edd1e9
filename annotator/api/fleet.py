"""Backends, registered models and workers over REST: what can answer, and what answers now."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter, choice_filter, text_filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.runs import LanguageModelList, LanguageModelSerializer
from annotator.api.views import ApiListView, ApiView
from annotator.backends import BACKENDS, BackendSpec
from annotator.runs.models import Worker
from annotator.runs.services import language_model_from_catalogue


class BackendSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    offers = serializers.SerializerMethodField(help_text="Abilities that its models may have.")
    generates = serializers.BooleanField(help_text="Whether workers run it; else its answers are imported.")
    remote = serializers.BooleanField(help_text="Whether it asks a server.")
    traces_attention = serializers.BooleanField()

    def get_offers(self, spec: BackendSpec) -> list[str]:
        return sorted(spec.offers)


class BackendList(ApiView):
    """The backends of this version."""

    @extend_schema(operation_id="backends_list", responses=BackendSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the kinds of language models that can be registered, for leads."""
        access.require_lead(request.user)
        return Response(BackendSerializer(list(BACKENDS.values()), many=True).data)


class NewLanguageModelSerializer(StrictSerializer):
    catalogue = serializers.CharField(max_length=256, help_text="The name of a model of the catalogue.")


class LanguageModelsView(LanguageModelList):
    """The registered language models."""

    @extend_schema(
        operation_id="language_model_register",
        request=NewLanguageModelSerializer,
        responses={201: LanguageModelSerializer, 409: OpenApiResponse(description="It cannot run here.")},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Register a model of the catalogue under its own slug, for leads. Registered again, it is the same one."""
        access.require_lead(request.user)
        body = validated(NewLanguageModelSerializer, request.data)
        model = language_model_from_catalogue(name=body["catalogue"])
        return Response(LanguageModelSerializer(model).data, status=status.HTTP_201_CREATED)


class WorkerSerializer(serializers.ModelSerializer[Worker]):
    class Meta:
        model = Worker
        fields = (
            "name",
            "queue",
            "host",
            "stage",
            "device",
            "batch_size",
            "memory_used",
            "memory_total",
            "last_seen",
            "failures",
            "error",
            "error_since",
            "paused_until",
        )


class WorkerList(ApiListView):
    """List the workers of all language models with their last errors, for site leads."""

    serializer_class = WorkerSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "queue": text_filter("queue", "The queue that it listens to, exactly."),
        "stage": choice_filter("stage", Worker.Stage.values, "Whether it loads its model, or works."),
    }

    def get_queryset(self) -> QuerySet[Worker]:
        access.require_site_lead(self.request.user)
        return Worker.objects.all()
