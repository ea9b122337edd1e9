"""Attention traces of a study over REST, for its leads: queued, and listed with their summaries."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter, choice_filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.views import ApiListView
from annotator.runs.models import AttentionTrace, LanguageModel
from annotator.runs.services.attention_traces import MOST_BIAS
from annotator.studies.selectors.paired_generations import paired_generations
from annotator.studies.services.attention import StudyTraces, study_trace_attention


class AttentionTraceSerializer(serializers.ModelSerializer[AttentionTrace]):
    run = serializers.IntegerField(source="generation.run_id")
    key = fields.prompt_key("generation.prompt.key")
    language_model = serializers.SlugRelatedField[LanguageModel](slug_field="slug", read_only=True)
    summary = serializers.DictField(help_text="Means over the answer, by layer; {} before it is done.")

    class Meta:
        model = AttentionTrace
        fields = ("id", "run", "key", "language_model", "treatment", "bias", "status", "summary", "error", "created_at")


class NewTracesSerializer(StrictSerializer):
    filler = serializers.BooleanField(
        default=False, help_text="Trace the second answers with full stops in place of their reasoning too."
    )
    boosts = serializers.ListField(
        child=serializers.FloatField(min_value=0.0, max_value=MOST_BIAS),
        max_length=8,
        default=list,
        help_text="Biases under which the second answers are written anew, such as [0, 2].",
    )


class QueuedTracesSerializer(serializers.Serializer[StudyTraces]):
    language_model = serializers.CharField(source="language_model.slug")
    queued = serializers.IntegerField(help_text="Traces that were not there before.")
    without_spans = serializers.IntegerField(help_text="Answers left out: no words of their prompts are marked.")


class TracesView(ApiListView):
    """The attention traces of the answers of a study that you lead."""

    serializer_class = AttentionTraceSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "treatment": choice_filter("treatment", AttentionTrace.Treatment.values, "What was traced."),
        "status": choice_filter("status", AttentionTrace.Status.values, "How far it is."),
    }

    def get_queryset(self) -> QuerySet[Any]:
        study = access.study_led_by(self.request.user, self.kwargs["slug"])
        traces = AttentionTrace.objects.filter(generation__in=paired_generations(study))
        return traces.select_related("generation__prompt", "language_model")

    @extend_schema(
        operation_id="attention_traces_create",
        request=NewTracesSerializer,
        responses={
            201: QueuedTracesSerializer,
            409: OpenApiResponse(description="The runs have no one model that shows its attention."),
        },
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Queue the traces that the study lacks, by the model of its runs."""
        study = access.study_led_by(request.user, slug)
        body = validated(NewTracesSerializer, request.data)
        queued = study_trace_attention(study=study, **body)
        return Response(QueuedTracesSerializer(queued).data, status=status.HTTP_201_CREATED)
