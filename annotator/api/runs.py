"""Routes of language models, runs and generations.

For leads alone: what they return shows which side of a case reasoned.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator import access
from annotator.api import fields
from annotator.api.pagination import Filter, archived_filter, choice_filter, text_filter
from annotator.api.views import ApiListView
from annotator.runs.models import Generation, LanguageModel, ModelCall, Run, Verdict
from annotator.runs.selectors import Evidence, Finding, SentMessage, calls_with_messages, read_evidence

_COUNTS = ("reasoning_tokens", "answer_tokens", "other_tokens", "completion_tokens")
_NULLABLE = {
    name: {"allow_null": True, "help_text": "null: the file of an imported run does not state it."}
    for name in ("prompt_tokens", *_COUNTS)
}
_RECORDED = {"help_text": "When it was made, where a recording was loaded: `latency_s` is of then. Else null."}


class LanguageModelSerializer(serializers.ModelSerializer[LanguageModel]):
    """Without `options`, which may hold addresses of private servers."""

    class Meta:
        model = LanguageModel
        fields = ("slug", "backend", "name", "revision", "terms", "created_at")


class LanguageModelList(ApiListView):
    """List language models. Leads see all of them, other people none."""

    serializer_class = LanguageModelSerializer
    filters: ClassVar[dict[str, Filter]] = {"backend": text_filter("backend", "The backend's name.")}

    def get_queryset(self) -> QuerySet[LanguageModel]:
        return access.language_models_for(self.request.user)


class RunSerializer(serializers.ModelSerializer[Run]):
    dataset = fields.VersionReference()
    language_model = serializers.SlugRelatedField[LanguageModel](slug_field="slug", read_only=True)
    uses_checkers = serializers.BooleanField(
        read_only=True, help_text="Whether the model was shown what the checkers found: an upper bound."
    )

    repeat_of = serializers.PrimaryKeyRelatedField[Run](
        read_only=True,
        allow_null=True,
        help_text="The first of several runs that differ in their seed alone; null if this is it.",
    )

    sampling = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_sampling(self, run: Run) -> Any:
        """The sampling parameters, all of them; null for an imported run, whose file does not state them."""
        return None if run.source is not None else run.sampling

    class Meta:
        model = Run
        extra_kwargs: ClassVar = {
            "over_budget": {"help_text": "Whether its budget is used up: no call is begun for it until it is raised."}
        }
        fields = (
            "id",
            "dataset",
            "language_model",
            "strategy",
            "strategy_version",
            "uses_checkers",
            "parameters",
            "sampling",
            "repeat_of",
            "left_out",
            "source",
            "status",
            "budget_usd",
            "budget_tokens",
            "over_budget",
            "fingerprint",
            "created_at",
            "archived_at",
        )


class RunList(ApiListView):
    """List runs: those of the studies you lead and those you started; all of them for a site lead."""

    serializer_class = RunSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "dataset": text_filter("dataset__name", "The dataset's name."),
        "language_model": text_filter("language_model__slug", "The language model's slug."),
        "strategy": text_filter("strategy", "The strategy's name, such as base or cot."),
        "status": choice_filter("status", Run.Status.values, "The run's status."),
        "archived": archived_filter(),
    }

    def get_queryset(self) -> QuerySet[Run]:
        return access.runs_for(self.request.user)


class FindingSerializer(serializers.Serializer[Finding]):
    observed = serializers.CharField()
    required = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes fields off the class
    note = serializers.CharField()
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class EvidenceSerializer(serializers.Serializer[Evidence]):
    strict = FindingSerializer()
    loose = FindingSerializer()
    judged_by = serializers.DictField(help_text="The judge model and its reply's mark; {} where code decided.")


class VerdictSerializer(serializers.ModelSerializer[Verdict]):
    constraint = fields.constraint_place("constraint.position")
    evidence = serializers.SerializerMethodField()

    @extend_schema_field(EvidenceSerializer)
    def get_evidence(self, verdict: Verdict) -> Any:
        return EvidenceSerializer(read_evidence(verdict.evidence)).data

    class Meta:
        model = Verdict
        fields = ("constraint", "scope", "strict", "loose", "evidence", "checker_version")


class SentMessageSerializer(serializers.Serializer[SentMessage]):
    role = serializers.CharField(help_text="system, user or assistant.")
    text = serializers.CharField()


class ModelCallSerializer(serializers.ModelSerializer[ModelCall]):
    """Expects the `messages` of every call in its context, by the call's id."""

    messages = serializers.SerializerMethodField()
    reasoning = serializers.CharField(help_text="The reasoning that the backend returned apart from the text, else ''.")

    @extend_schema_field(SentMessageSerializer(many=True))
    def get_messages(self, call: ModelCall) -> Any:
        """The conversation that was sent, in order."""
        return SentMessageSerializer(self.context["messages"][call.pk], many=True).data

    def to_representation(self, instance: ModelCall) -> Any:
        record = super().to_representation(instance)
        return _without_unknown_counts(record) if self.context.get("imported") else record

    class Meta:
        model = ModelCall
        extra_kwargs = {name: _NULLABLE[name] for name in ("prompt_tokens", "completion_tokens")}
        fields = (
            "number",
            "step",
            "messages",
            "sampling",
            "thinking",
            "tools",
            "text",
            "tool_calls",
            "probabilities",
            "reasoning",
            "reasoning_kind",
            "prompt_tokens",
            "completion_tokens",
            "reasoning_tokens",
            "cached_tokens",
            "finish_reason",
            "latency_s",
            "model",
            "response_id",
            "error",
        )


class GenerationSerializer(serializers.ModelSerializer[Generation]):
    key = fields.prompt_key("prompt.key")
    verdicts = VerdictSerializer(many=True)
    environment = serializers.JSONField(source="environment.content", default=None)
    reused_from_run = serializers.IntegerField(
        source="reused_from.run_id",
        default=None,
        allow_null=True,
        help_text="The run whose result this generation reuses, else null.",
    )
    calls = serializers.SerializerMethodField()

    def to_representation(self, instance: Generation) -> Any:
        record = super().to_representation(instance)
        return _without_unknown_counts(record) if instance.run.source is not None else record

    class Meta:
        model = Generation
        extra_kwargs = {**_NULLABLE, "recorded_at": _RECORDED}
        fields = (
            "key",
            "position",
            "status",
            "reasoning",
            "answer",
            "split_status",
            "finish_reason",
            "decision",
            "prompt_tokens",
            "reasoning_tokens",
            "answer_tokens",
            "other_tokens",
            "completion_tokens",
            "latency_s",
            "reasoning_kind",
            "environment",
            "reused_from_run",
            "recorded_at",
            "calls",
            "error",
            "finished_at",
            "verdicts",
        )

    @extend_schema_field(ModelCallSerializer(many=True))
    def get_calls(self, generation: Generation) -> Any:
        """The model calls with what was sent; those of the generation that is reused, if one is."""
        context = {**self.context, "imported": generation.run.source is not None}
        return ModelCallSerializer(_calls(generation), many=True, context=context).data


class GenerationList(ApiListView):
    """List the generations of a run in the dataset's order, each with its verdicts and their evidence. For leads."""

    serializer_class = GenerationSerializer
    messages: Mapping[int, Sequence[SentMessage]] = MappingProxyType({})
    """The messages of each call on the page, by the call's id: one query for all of them."""
    filters: ClassVar[dict[str, Filter]] = {
        "key": text_filter("prompt__key", "The prompt's key, exactly."),
        "status": choice_filter("status", Generation.Status.values, "The generation's status."),
    }

    def get_queryset(self) -> QuerySet[Generation]:
        run = access.run_for(self.request.user, self.kwargs["run_id"])
        verdicts = Verdict.objects.select_related("constraint").order_by("constraint__position", "scope")
        rows = run.generations.select_related("prompt", "environment", "reused_from").defer("completion")
        return rows.prefetch_related(Prefetch("verdicts", verdicts), "calls", "reused_from__calls")

    def paginate_queryset(self, queryset: Any) -> Any:
        rows = super().paginate_queryset(queryset)
        calls = [call for generation in rows or () for call in _calls(generation)]
        self.messages = {row.call.pk: row.messages for row in calls_with_messages(calls)}
        return rows

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "messages": self.messages}


def _calls(generation: Generation) -> list[ModelCall]:
    return list((generation.reused_from or generation).calls.all())


def _without_unknown_counts(record: dict[str, Any]) -> dict[str, Any]:
    """The record of an imported answer with null for the counts that its file does not state, stored as 0."""
    unknown = [name for name in _COUNTS if name in record and not record["completion_tokens"]]
    if not record["prompt_tokens"]:
        unknown.append("prompt_tokens")
    return record | dict.fromkeys(unknown)
