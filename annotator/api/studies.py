"""Studies over REST: cases for leads, their own annotations for annotators.

An annotator must not learn through the API which run an answer is of before annotating it, so the cases and answers of
a study are for its leads and readers alone.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.pagination import Filter, archived_filter, choice_filter
from annotator.api.parsing import NothingSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Annotation, Assignment, Case, Dispute, Pattern, Study
from annotator.studies.selectors.gold import with_gold_label
from annotator.studies.selectors.progress import Progress, my_progress
from annotator.studies.services import study_close, study_reopen


class StudySerializer(serializers.ModelSerializer[Study]):
    codebook = fields.VersionReference()

    class Meta:
        model = Study
        fields = (
            "slug",
            "title",
            "first_run",
            "second_run",
            "codebook",
            "overlap",
            "blind",
            "verdicts_shown",
            "scope",
            "judge_unfinished",
            "status",
            "created_at",
            "archived_at",
        )


class StudyList(ApiListView):
    """List the studies that you lead or annotate in."""

    serializer_class = StudySerializer
    filters: ClassVar[dict[str, Filter]] = {
        "status": choice_filter("status", Study.Status.values, "Whether the study takes work."),
        "archived": archived_filter(),
    }

    def get_queryset(self) -> QuerySet[Study]:
        return access.studies_of(self.request.user).select_related("codebook")


class CloseView(ApiView):
    """Close a study that you lead: it takes no more annotations. Decisions and exports go on."""

    @extend_schema(operation_id="study_close", request=None, responses=StudySerializer)
    def post(self, request: Request, slug: str) -> Response:
        return _changed(study_close, request, slug)


class ReopenView(ApiView):
    """Open a study that you lead again."""

    @extend_schema(operation_id="study_reopen", request=None, responses=StudySerializer)
    def post(self, request: Request, slug: str) -> Response:
        return _changed(study_reopen, request, slug)


def _changed(change: Callable[..., Study], request: Request, slug: str) -> Response:
    study = access.study_led_by(request.user, slug)
    validated(NothingSerializer, request.data)
    return Response(StudySerializer(change(study=study, by=request.user)).data)


class CaseSerializer(serializers.ModelSerializer[Case]):
    key = fields.prompt_key("prompt.key")
    contrast = serializers.ListField(
        child=serializers.ChoiceField(choices=["both", "neither", "gained", "lost", "unverifiable"]),
        help_text="What each constraint of the prompt, in order, gained or lost in the second generation.",
    )
    submitted = serializers.IntegerField(help_text="How many annotators have judged it whose annotations count.")
    practice = serializers.SerializerMethodField(help_text="Practice counts nowhere and has no gold.")
    check = serializers.BooleanField(
        source="is_check", help_text="A hidden check has a known answer, and counts in no agreement, gold or result."
    )
    gold = serializers.SerializerMethodField(help_text="The gold label; null while there is none.")

    class Meta:
        model = Case
        fields = ("id", "key", "outcome", "contrast", "submitted", "complete", "practice", "check", "gold")

    def get_practice(self, case: Case) -> bool:
        return hasattr(case, "practice")

    @extend_schema_field(fields.label(allow_null=True))
    def get_gold(self, case: Any) -> str | None:
        return case.gold or None


_COUNTED = Q(assignments__status=Assignment.Status.SUBMITTED, assignments__left_out=False)


class CaseList(ApiListView):
    """List the cases of a study that you lead or read."""

    serializer_class = CaseSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "outcome": choice_filter("outcome", Case.Outcome.values, "How the second generation compares by verdicts."),
        "complete": Filter("complete", serializers.BooleanField(), "Whether enough annotators have judged it."),
    }

    def get_queryset(self) -> QuerySet[Case]:
        study = access.study_to_read(self.request.user, self.kwargs["slug"])
        submitted = Count("assignments", filter=_COUNTED)
        cases = study.cases.select_related("prompt", "practice").annotate(submitted=submitted)
        return with_gold_label(cases)


class ProgressSerializer(serializers.Serializer[Progress]):
    done = serializers.IntegerField()
    remaining = serializers.IntegerField()
    total = serializers.IntegerField()


class ProgressView(ApiView):
    """Your progress in a study of yours."""

    @extend_schema(responses=ProgressSerializer)
    def get(self, request: Request, slug: str) -> Response:
        study = access.study_for(request.user, slug)
        return Response(ProgressSerializer(my_progress(study, self.person.pk)).data)


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    constraint = fields.constraint_place("verdict.constraint.position")
    side = serializers.SerializerMethodField()

    class Meta:
        model = Dispute
        fields = ("side", "constraint", "reason")

    @extend_schema_field(fields.side())
    def get_side(self, dispute: Dispute) -> str:
        """Whose answer the verdict is on."""
        case = dispute.annotation.assignment.case
        return "first" if dispute.verdict.generation_id == case.first_id else "second"


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    case = serializers.IntegerField(source="assignment.case_id")
    key = fields.prompt_key("assignment.case.prompt.key")
    blind_choice = serializers.CharField(source="assignment.blind_choice")
    blind = serializers.BooleanField(
        source="assignment.blind", allow_null=True, help_text="Whether the page hid wholly which answer is which."
    )
    patterns = serializers.SlugRelatedField[Pattern](slug_field="slug", many=True, read_only=True)
    effects = fields.effects()
    disputes = DisputeSerializer(many=True, read_only=True)

    class Meta:
        model = Annotation
        fields = (
            "case",
            "key",
            "revision",
            "blind_choice",
            "blind",
            "label",
            "patterns",
            "other_text",
            "note",
            "confidence",
            "effects",
            "spans",
            "disputes",
            "seconds",
            "verdicts_shown",
            "submitted_at",
        )


class MyAnnotationList(ApiListView):
    """List your own annotations in a study of yours, each revision once."""

    serializer_class = AnnotationSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "label": choice_filter("label", Annotation.Label.values, "What you said."),
    }

    def get_queryset(self) -> QuerySet[Annotation]:
        study = access.study_for(self.request.user, self.kwargs["slug"])
        mine = Annotation.objects.filter(assignment__annotator=self.person, assignment__case__study=study)
        return mine.select_related("assignment__case__prompt").prefetch_related(
            "patterns", "disputes__verdict__constraint"
        )
