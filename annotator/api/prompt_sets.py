"""Routes of prompt sets: lists, creation, members, and the few-shot runs with a set.

For curators and leads of the study.
"""

from typing import Any, ClassVar

from django.db.models import Count, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter, text_filter
from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.exemplars.models import PromptSet, PromptSetMember, PromptSetUse
from annotator.exemplars.services.prompt_set_runs import GREATEST_SEED, prompt_set_compare
from annotator.exemplars.services.prompt_sets import GREATEST_BUDGET, prompt_set_create
from annotator.runs.models import Generation, LanguageModel, Run
from annotator.strategies.exemplars import MOST_EXEMPLARS
from annotator.studies.models import Study

_ENDED = (Generation.Status.DONE, Generation.Status.FAILED)
_COMPARED = ("base", "cot", "cot_forced", "thinking")


class PromptSetSerializer(serializers.ModelSerializer[PromptSet]):
    language_model = serializers.SlugRelatedField[LanguageModel](
        slug_field="slug",
        read_only=True,
        allow_null=True,
        help_text="The one whose tokenizer counts the budget; null for none.",
    )

    class Meta:
        model = PromptSet
        fields = (
            "name",
            "version",
            "template",
            "shows_reasoning",
            "budget_tokens",
            "language_model",
            "content_hash",
            "frozen_at",
            "created_at",
        )


class NewPromptSetSerializer(StrictSerializer):
    name = serializers.CharField(max_length=64)
    exemplars = serializers.ListField(
        child=fields.row_id(),
        max_length=MOST_EXEMPLARS,
        default=list,
        help_text="Ids of exemplars of the study, in the order in which they are shown.",
    )
    template = Choice(choices=PromptSet.Template.choices, default=PromptSet.Template.TURNS)
    shows_reasoning = serializers.BooleanField(default=False)
    budget_tokens = serializers.IntegerField(
        min_value=1, max_value=GREATEST_BUDGET, allow_null=True, default=None, help_text="null for no budget."
    )
    language_model = serializers.CharField(
        max_length=64, allow_null=True, default=None, help_text="The slug of the one whose tokenizer counts the budget."
    )


class PromptSetList(ApiListView):
    """The prompt sets of a study that you curate or lead."""

    serializer_class = PromptSetSerializer
    filters: ClassVar[dict[str, Filter]] = {"name": text_filter("name", "The set's name, exactly.")}

    def get_queryset(self) -> QuerySet[PromptSet]:
        study = access.study_to_curate(self.request.user, self.kwargs["slug"])
        return access.prompt_sets_for(self.request.user).filter(study=study).select_related("language_model")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the prompt sets of a study that you curate or lead, every version of each."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="prompt_set_create",
        request=NewPromptSetSerializer,
        responses={
            201: PromptSetSerializer,
            409: OpenApiResponse(description="The name is taken."),
        },
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Create version 1 of a prompt set with these exemplars, in this order."""
        study = access.study_to_curate(request.user, slug)
        values = validated(NewPromptSetSerializer, request.data)
        created = prompt_set_create(
            study=study,
            user=self.person,
            exemplar_ids=values.pop("exemplars"),
            language_model=_language_model(study, values.pop("language_model")),
            **values,
        )
        return Response(PromptSetSerializer(created).data, status=status.HTTP_201_CREATED)


class MemberSerializer(serializers.ModelSerializer[PromptSetMember]):
    exemplar = serializers.IntegerField(source="exemplar_id")
    key = fields.prompt_key("exemplar.prompt.key")
    prompt = serializers.CharField(source="exemplar.prompt.text")
    reasoning = serializers.CharField(source="exemplar.reasoning")
    answer = serializers.CharField(source="exemplar.answer")
    content_hash = serializers.CharField(source="exemplar.content_hash")
    withdrawn_reason = serializers.CharField(
        source="exemplar.withdrawn_reason", help_text="Why the exemplar was withdrawn; '' where it was not."
    )

    class Meta:
        model = PromptSetMember
        fields = ("position", "exemplar", "key", "prompt", "reasoning", "answer", "content_hash", "withdrawn_reason")


class UseSerializer(serializers.ModelSerializer[PromptSetUse]):
    run = serializers.IntegerField(source="run_id")
    status = serializers.CharField(source="run.status", help_text="running, paused, done, cancelled or failed.")
    finished = serializers.IntegerField(help_text="How many of its generations are done or have failed.")
    excluded = serializers.ListField(
        child=serializers.DictField(), help_text="The prompts that leak: key, exemplar, rule and similarity of each."
    )

    class Meta:
        model = PromptSetUse
        fields = (
            "run",
            "status",
            "finished",
            "random_seed",
            "excluded",
            "prompts_before",
            "prompts_after",
            "created_at",
        )


class PromptSetDetailSerializer(PromptSetSerializer):
    members = MemberSerializer(many=True)
    uses = UseSerializer(many=True, help_text="The runs with this set, and the prompts that each excludes.")

    class Meta(PromptSetSerializer.Meta):
        fields = (*PromptSetSerializer.Meta.fields, "members", "uses")  # type: ignore[assignment]


def detailed(prompt_set: PromptSet) -> Any:
    """Return the data of a set with its members and uses."""
    members = PromptSetMember.objects.select_related("exemplar__prompt")
    ended = Count("run__generations", filter=Q(run__generations__status__in=_ENDED))
    uses = PromptSetUse.objects.select_related("run").annotate(finished=ended).order_by("pk")
    prefetch_related_objects([prompt_set], Prefetch("members", members), Prefetch("uses", uses))
    return PromptSetDetailSerializer(prompt_set).data


class PromptSetView(ApiView):
    """One version of a prompt set: its exemplars in order, and the runs that used it."""

    @extend_schema(operation_id="prompt_set", responses=PromptSetDetailSerializer)
    def get(self, request: Request, slug: str, name: str, version: int) -> Response:
        return Response(detailed(access.prompt_set_for(request.user, slug, name, version)))


class NewSetRunSerializer(StrictSerializer):
    language_model = serializers.CharField(
        max_length=64, allow_null=True, default=None, help_text="A slug; null is that of the study's second run."
    )
    sampling = serializers.DictField(
        allow_null=True, default=None, help_text="Sampling parameters; null are those of the study's first run."
    )
    compared_with = serializers.ListField(
        child=Choice(choices=_COMPARED), default=list, help_text="Strategies to run on the same prompts beside it."
    )
    random_seed = serializers.IntegerField(
        min_value=0,
        max_value=GREATEST_SEED,
        allow_null=True,
        default=None,
        help_text="Also run a random set of equal length, drawn with this seed; null for none.",
    )


class StartedRunSerializer(serializers.ModelSerializer[Run]):
    status = serializers.CharField(help_text="running, paused, done, cancelled or failed.")

    class Meta:
        model = Run
        fields = ("id", "strategy", "status")


class PromptSetRuns(ApiView):
    """The runs with a prompt set."""

    @extend_schema(
        operation_id="prompt_set_run",
        request=NewSetRunSerializer,
        responses={
            200: StartedRunSerializer(many=True),
            409: OpenApiResponse(description="The set is empty, over its budget, or has a withdrawn exemplar."),
        },
    )
    @idempotent
    def post(self, request: Request, slug: str, name: str, version: int) -> Response:
        """Start a few-shot run with the set on the study's dataset, and the runs that it is compared with.

        Prompts identical or near to an exemplar are left out and listed with the set's uses. The set is frozen. A run
        that there is already is returned instead of a second one. The first run is that with the set.
        """
        prompt_set = access.prompt_set_for(request.user, slug, name, version)
        study = access.study_to_curate(request.user, slug)
        values = validated(NewSetRunSerializer, request.data)
        model = _language_model(study, values["language_model"]) or study.second_run.language_model
        runs = prompt_set_compare(
            prompt_set=prompt_set,
            dataset=study.first_run.dataset,
            language_model=model,
            sampling=study.first_run.sampling if values["sampling"] is None else values["sampling"],
            strategies=values["compared_with"],
            random_seed=values["random_seed"],
            user=self.person,
            visible=access.runs_to_compare(request.user, slug),
        )
        return Response(StartedRunSerializer(runs, many=True).data)


def _language_model(study: Study, slug: str | None) -> LanguageModel | None:
    """The model of that slug among those of the study's runs. Raises ValidationError, which names them."""
    if slug is None:
        return None
    known = {run.language_model.slug: run.language_model for run in (study.first_run, study.second_run)}
    if slug not in known:
        message = _("%(slug)r is no language model of this study; choose one of %(known)s.")
        raise serializers.ValidationError({"language_model": [message % {"slug": slug, "known": ", ".join(known)}]})
    return known[slug]
