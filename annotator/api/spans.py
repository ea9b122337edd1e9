"""The words of a prompt that state its constraints, over REST, for leads."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.datasets import PromptSerializer
from annotator.api.entity_tags import IF_MATCH, check_match
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.views import ApiView
from annotator.datasets.models import Prompt
from annotator.datasets.services import constraint_span_set, constraints_locked
from annotator.runs.errors import RunError
from annotator.runs.models import Run


class SpansSerializer(StrictSerializer):
    spans = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=0), min_length=2, max_length=2, allow_null=True
        ),
        max_length=1_000,
        help_text="[start, end) in characters of the prompt, or null, for each constraint in order.",
    )


class PromptView(ApiView):
    """One prompt of a dataset with its constraints."""

    @extend_schema(operation_id="prompt_read", responses=PromptSerializer)
    def get(self, request: Request, name: str, version: int, position: int) -> Response:
        """Read a prompt, for leads."""
        return Response(PromptSerializer(_prompt(request, name, version, position)).data)


class SpansView(ApiView):
    """The words of a prompt that state each of its constraints."""

    @extend_schema(
        operation_id="spans_set",
        parameters=[IF_MATCH],
        request=SpansSerializer,
        responses={200: PromptSerializer, 409: OpenApiResponse(description="A run that reads them is under way.")},
    )
    def put(self, request: Request, name: str, version: int, position: int) -> Response:
        """Store the words of all constraints of a prompt, or none. Sent as spans; the ETag is that of the prompt."""
        prompt = _prompt(request, name, version, position)
        body = validated(SpansSerializer, request.data)
        constraints = list(prompt.constraints.order_by("position"))
        spans = [_span(prompt, place, sent) for place, sent in enumerate(body["spans"])]
        if len(spans) != len(constraints):
            problem = _("The prompt has %(n)d constraints; send a span or null for each.") % {"n": len(constraints)}
            raise serializers.ValidationError({"spans": [problem]})
        with transaction.atomic():
            constraints_locked(prompt=prompt)
            check_match(request, PromptSerializer(_prompt(request, name, version, position)).data)
            _refuse_running(prompt)
            for constraint, span in zip(constraints, spans, strict=True):
                constraint_span_set(constraint=constraint, span=span, by=self.person)
        return Response(PromptSerializer(_prompt(request, name, version, position)).data)


def _prompt(request: Request, name: str, version: int, position: int) -> Prompt:
    return access.prompt_of(access.dataset_for(request.user, name, version), position)


def _span(prompt: Prompt, place: int, sent: Any) -> tuple[int, int] | None:
    if sent is None:
        return None
    start, end = sent
    if not start < end <= len(prompt.text):
        problem = _("[%(start)d, %(end)d) is no piece of the prompt, which has %(n)d characters.")
        values = {"start": start, "end": end, "n": len(prompt.text)}
        raise serializers.ValidationError({"spans": {str(place): [problem % values]}})
    return start, end


def _refuse_running(prompt: Prompt) -> None:
    """Raise RunError while a run over the dataset is under way: a strategy may read the words."""
    running = Run.objects.filter(dataset=prompt.dataset_id, status=Run.Status.RUNNING).order_by("pk").first()
    if running is not None:
        raise RunError(
            _("Run %(run)d over this dataset is under way and reads these words; wait for its end, or cancel it.")
            % {"run": running.pk}
        )
