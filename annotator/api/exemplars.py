"""Exemplars over REST for curators and leads: the approved demonstrations, and withdrawal."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.pagination import Filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.exemplars.models import Exemplar
from annotator.exemplars.services.approvals import exemplar_withdraw
from annotator.exemplars.services.candidates import MAX_REASON


class ExemplarSerializer(serializers.ModelSerializer[Exemplar]):
    key = fields.prompt_key("prompt.key")
    prompt = serializers.CharField(source="prompt.text")
    approved_by = serializers.CharField(source="approved_by.username")
    ticked = serializers.ListField(
        child=serializers.IntegerField(), help_text="Constraints that a person decided, because no checker does."
    )
    withdrawn_reason = serializers.CharField(help_text="Empty while it is not withdrawn.")

    class Meta:
        model = Exemplar
        fields = (
            "id",
            "candidate",
            "repair",
            "key",
            "prompt",
            "reasoning",
            "answer",
            "content_hash",
            "ticked",
            "approved_by",
            "approved_at",
            "withdrawn_at",
            "withdrawn_reason",
        )


class WithdrawalSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=MAX_REASON)


class ExemplarList(ApiListView):
    """List the exemplars of a study that you curate or lead; withdrawn ones stay in the list."""

    serializer_class = ExemplarSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "current": Filter("withdrawn_at__isnull", serializers.BooleanField(), "Whether it is not withdrawn."),
    }

    def get_queryset(self) -> QuerySet[Any]:
        study = access.study_to_curate(self.request.user, self.kwargs["slug"])
        of_study = access.exemplars_for(self.request.user).filter(candidate__case__study=study)
        return of_study.select_related("approved_by")


class WithdrawalView(ApiView):
    """The withdrawal of an exemplar."""

    @extend_schema(operation_id="exemplar_withdraw", request=WithdrawalSerializer, responses=ExemplarSerializer)
    def post(self, request: Request, exemplar_id: int) -> Response:
        """Withdraw an exemplar with a reason: no new prompt set takes it. A repeated withdrawal changes nothing."""
        exemplar = access.exemplar_for(request.user, exemplar_id)
        body = validated(WithdrawalSerializer, request.data)
        withdrawn = exemplar_withdraw(exemplar=exemplar, user=self.person, **body)
        return Response(ExemplarSerializer(withdrawn).data)
