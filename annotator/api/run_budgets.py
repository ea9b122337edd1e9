"""Budgets of runs over REST: what a run and its repeats may use."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.runs import RunSerializer
from annotator.api.views import ApiView
from annotator.runs.services import run_budget_set


class BudgetSerializer(StrictSerializer):
    usd = serializers.FloatField(min_value=0.000001, max_value=1_000_000, allow_null=True, default=None)
    tokens = serializers.IntegerField(min_value=1, max_value=10**12, allow_null=True, default=None)


class RunBudgetChange(ApiView):
    """Set what a run and its repeats may use; what is left out stays. To resume takes a budget too."""

    @extend_schema(
        operation_id="run_budget",
        request=BudgetSerializer,
        responses={200: RunSerializer, 409: OpenApiResponse(description="No price is known.")},
    )
    def post(self, request: Request, run_id: int) -> Response:
        run = access.run_for(request.user, run_id)
        sent = validated(BudgetSerializer, request.data)
        run_budget_set(runs=[run], **sent)
        return Response(RunSerializer(access.run_for(request.user, run_id)).data)
