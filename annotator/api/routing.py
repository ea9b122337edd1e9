"""Routes of trained routers: their list, and the decision whether to reason about a prompt.

For everybody signed in. Reports, which say how often reasoning helped, are for leads.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.pagination import Filter, choice_filter, text_filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.views import ApiListView, ApiView
from annotator.embeddings.wheels import EmbeddingsMissingError
from annotator.routing.decisions import decision
from annotator.routing.errors import RoutingError
from annotator.routing.models import Router
from annotator.routing.selectors import frozen_router, newest_router, router_called

MAX_PROMPT = 100_000  # characters


class RouterSerializer(serializers.ModelSerializer[Router]):
    class Meta:
        model = Router
        fields = ("name", "version", "features", "content_hash", "created_at")


class RouterList(ApiListView):
    """List trained routers, every version of each."""

    serializer_class = RouterSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "name": text_filter("name", "The router's name, exactly."),
        "features": choice_filter("features", Router.Features.values, "What it reads of a prompt."),
    }

    def get_queryset(self) -> QuerySet[Router]:
        return access.routers_for(self.request.user).defer("artifact", "report", "card")


class RouterReportSerializer(RouterSerializer):
    training = serializers.DictField(help_text="What it was trained on, and how.")
    report = serializers.ListField(child=serializers.DictField(), help_text="One for each split of the prompts.")
    card = serializers.CharField(help_text="In Markdown.")

    class Meta(RouterSerializer.Meta):
        fields = (*RouterSerializer.Meta.fields, "labels", "training", "report", "card")  # type: ignore[assignment]


class RouterView(ApiView):
    """One version of a router with its report."""

    @extend_schema(operation_id="router_read", responses=RouterReportSerializer)
    def get(self, request: Request, name: str, version: int) -> Response:
        """Read a router with its report, for leads: it says how often reasoning helped."""
        return Response(RouterReportSerializer(access.router_report_for(request.user, name, version)).data)


class RouteSerializer(StrictSerializer):
    prompt = serializers.CharField(max_length=MAX_PROMPT, trim_whitespace=False)
    router = serializers.CharField(
        max_length=80, default="", help_text="NAME@VERSION, or NAME for its newest; without it the newest of all."
    )


class RoutedSerializer(serializers.Serializer[Any]):
    reason = serializers.BooleanField(help_text="Whether to reason: the probability reaches the threshold.")
    probability = serializers.FloatField(help_text="That reasoning helps with this prompt.")
    threshold = serializers.FloatField()
    router = serializers.CharField(help_text="NAME@VERSION")
    hash = serializers.CharField()


class RouteView(ApiView):
    """Decide whether to reason about a prompt. Nothing is stored and no model is called."""

    changes_need = Scope.READ

    @extend_schema(operation_id="route", request=RouteSerializer, responses=RoutedSerializer)
    def post(self, request: Request) -> Response:
        body = validated(RouteSerializer, request.data)
        name = body["router"]
        try:
            row = router_called(name) if name else newest_router()
            router = frozen_router(row)
            probability = router.probability(body["prompt"])
        except (RoutingError, EmbeddingsMissingError) as error:
            raise serializers.ValidationError({"router": [str(error)]}) from None
        return Response(decision(row, router, probability))
