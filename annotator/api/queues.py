"""The queue of an annotator over REST: its state, and their own skips, which they can take back."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.parsing import NothingSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Assignment
from annotator.studies.selectors.own_cases import own_assignments
from annotator.studies.selectors.queue_state import STATES, QueueState, queue_state
from annotator.studies.services import skip_take_back


class QueueSerializer(serializers.Serializer[QueueState]):
    state = serializers.ChoiceField(choices=STATES, help_text="Whether a case waits for you, and if none does, why.")
    works = serializers.BooleanField(help_text="Whether a case can be handed out to you now.")
    done = serializers.IntegerField()
    remaining = serializers.IntegerField()
    total = serializers.IntegerField()
    skipped = serializers.IntegerField()
    sent_back = serializers.IntegerField()
    elsewhere = serializers.IntegerField(help_text="Cases of which others hold every place that is left.")
    cases = serializers.IntegerField(help_text="Cases of the study.")
    prompts = serializers.IntegerField(help_text="Prompts of its dataset.")
    generating = serializers.BooleanField(help_text="Whether further cases are to come.")


class QueueView(ApiView):
    """Your queue in a study of yours."""

    @extend_schema(operation_id="queue_read", responses=QueueSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Read whether a case waits for you, and if none does, why."""
        study = access.study_to_annotate(request.user, slug)
        return Response(QueueSerializer(queue_state(study, self.person)).data)


class OwnSkipSerializer(serializers.ModelSerializer[Assignment]):
    key = fields.prompt_key("case.prompt.key")
    reason = serializers.CharField(source="skip_reason")
    at = serializers.DateTimeField(source="skipped_at", allow_null=True)

    class Meta:
        model = Assignment
        fields: ClassVar = ("case", "key", "reason", "at")


class OwnSkipList(ApiListView):
    """List the cases of a study of yours that you skipped, with your reasons."""

    serializer_class = OwnSkipSerializer

    def get_queryset(self) -> QuerySet[Assignment]:
        study = access.study_for(self.request.user, self.kwargs["slug"])
        return own_assignments(study, self.person, "skipped").select_related("case__prompt")


class TakenBackSerializer(serializers.ModelSerializer[Assignment]):
    class Meta:
        model = Assignment
        fields: ClassVar = ("case", "status", "lease_until")


class SkipTakeBackView(ApiView):
    """Your own skip, taken back."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="skip_take_back",
        request=None,
        responses={
            200: TakenBackSerializer,
            409: OpenApiResponse(description="Others have taken the case since, or it is submitted."),
        },
    )
    def post(self, request: Request, case_id: int) -> Response:
        """Hold a case again that you skipped."""
        assignment = access.assignment_for(request.user, case_id)
        validated(NothingSerializer, request.data)
        return Response(TakenBackSerializer(skip_take_back(assignment=assignment)).data)
