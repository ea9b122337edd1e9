"""Annotations sent back to their annotator over REST.

Those who decide cases know annotators by letter alone.
"""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.idempotency import idempotent
from annotator.api.parsing import NothingSerializer, StrictSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Rework
from annotator.studies.selectors.blinded_annotations import annotation_under
from annotator.studies.selectors.reworks import open_reworks
from annotator.studies.services import rework_request, rework_withdraw
from annotator.studies.services.reworks import MAX_NOTE


class ReworkSerializer(serializers.ModelSerializer[Rework]):
    key = fields.prompt_key("case.prompt.key")

    class Meta:
        model = Rework
        fields: ClassVar = ("id", "case", "key", "note", "requested_at", "closed_at")


class ReworkRequestSerializer(StrictSerializer):
    letter = serializers.CharField(max_length=16, help_text="Of the annotator, as the case's adjudication names them.")
    seen = serializers.CharField(
        max_length=96, help_text="The `seen` of the adjudication: letters mean what they meant there."
    )
    note = serializers.CharField(max_length=MAX_NOTE, help_text="Read by the annotator.")


class ReworkList(ApiListView):
    """List the annotations of a study that you adjudicate which are sent back and not revised yet."""

    serializer_class = ReworkSerializer

    def get_queryset(self) -> QuerySet[Rework]:
        study = access.study_to_adjudicate(self.request.user, self.kwargs["slug"])
        return open_reworks([study]).select_related("case__prompt")


class ReworkRequestView(ApiView):
    """An annotation, sent back to its annotator."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="rework_request",
        request=ReworkRequestSerializer,
        responses={
            200: ReworkSerializer,
            409: OpenApiResponse(description="It was revised meanwhile, is sent back already, or cannot be revised."),
        },
    )
    @idempotent
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Send an annotation back with a note. It counts until its annotator has revised it."""
        case = access.case_to_adjudicate(request.user, slug, case_id)
        content = validated(ReworkRequestSerializer, request.data)
        leads = access.may(request.user, "lead", case.study)
        annotation = annotation_under(case, content["letter"], seen=content["seen"], incomplete=leads)
        sent_back = rework_request(
            assignment=annotation.assignment,
            author=self.person,
            note=content["note"],
            base_revision=annotation.revision,
        )
        return Response(ReworkSerializer(sent_back).data)


class ReworkWithdrawView(ApiView):
    """A rework, taken back."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="rework_withdraw", request=None, responses=ReworkSerializer)
    def post(self, request: Request, slug: str, rework_id: int) -> Response:
        """Take back what was sent back; what was annotated stands as it is."""
        rework = access.rework_to_withdraw(request.user, slug, rework_id)
        validated(NothingSerializer, request.data)
        rework_withdraw(rework=rework, by=self.person)
        rework.refresh_from_db()
        return Response(ReworkSerializer(rework).data)
