"""Curation over REST for curators and leads: proposed cases, candidates, rejection."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.drafts import EditDraftSerializer, SavedDraftSerializer
from annotator.api.idempotency import idempotent
from annotator.api.pagination import MAX_LIMIT, Filter, choice_filter
from annotator.api.parsing import NothingSerializer, StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.exemplars.models import Candidate
from annotator.exemplars.proof import constraints_of
from annotator.exemplars.selectors.candidates import best_attempt
from annotator.exemplars.selectors.picking import proposals
from annotator.exemplars.services.candidates import (
    MAX_REASON,
    candidate_reject,
    candidate_reopen,
    candidates_create,
)
from annotator.exemplars.services.drafts import repair_draft_save

MAX_CASES = 200
_CANDIDATES: dict[str, Any] = {"type": "array", "items": {"$ref": "#/components/schemas/Candidate"}}
"""A plain list. `CandidateSerializer(many=True)` would be described as a page, since this view's GET has pages."""


class ProposalSerializer(serializers.Serializer[Any]):
    case = serializers.IntegerField(source="case.pk")
    key = fields.prompt_key("case.prompt.key")
    generation = serializers.IntegerField(source="generation.pk")
    basis = serializers.ChoiceField(
        choices=Candidate.Basis.choices, help_text="Whose word it is that the answer fails."
    )
    reasons = serializers.DictField(help_text="Label, patterns, violated constraints, and what is new with it.")
    rank_score = serializers.FloatField(help_text="Comparable within one basis of one list.")


class CandidateSerializer(serializers.ModelSerializer[Candidate]):
    key = fields.prompt_key("case.prompt.key")
    reasons = serializers.DictField()
    requested_by = serializers.CharField(source="requested_by.username", default=None, allow_null=True)
    rejected = serializers.SerializerMethodField()

    class Meta:
        model = Candidate
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "case",
            "key",
            "generation",
            "basis",
            "reasons",
            "requested_by",
            "created_at",
            "rejected",
            "rejected_reason",
        )

    def get_rejected(self, candidate: Candidate) -> bool:
        return candidate.rejected_at is not None


class RepairedConstraintSerializer(serializers.Serializer[Any]):
    position = fields.constraint_place()
    kind = serializers.CharField()
    kwargs = serializers.DictField()
    scope = serializers.CharField(help_text="What it is about: the answer or the reasoning.")


class CandidateDetailSerializer(CandidateSerializer):
    prompt = serializers.CharField(source="case.prompt.text")
    reasoning = serializers.CharField(source="generation.reasoning")
    answer = serializers.CharField(source="generation.answer", help_text="The failing answer.")
    constraints = serializers.SerializerMethodField()
    best = serializers.SerializerMethodField(help_text="The repair that satisfies most and changes least; or null.")

    class Meta(CandidateSerializer.Meta):
        fields: ClassVar = (*CandidateSerializer.Meta.fields, "prompt", "reasoning", "answer", "constraints", "best")

    def get_best(self, candidate: Candidate) -> int | None:
        best = best_attempt(candidate)
        return best.pk if best else None

    @extend_schema_field(RepairedConstraintSerializer(many=True))
    def get_constraints(self, candidate: Candidate) -> Any:
        return RepairedConstraintSerializer(constraints_of(candidate.case.prompt), many=True).data


class SentSerializer(StrictSerializer):
    cases = serializers.ListField(
        child=fields.row_id(), min_length=1, max_length=MAX_CASES, help_text="Ids of cases of this study."
    )


class RejectionSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=MAX_REASON)


class ProposalList(ApiView):
    """The cases that are best repaired next."""

    def known_parameters(self) -> tuple[str, ...]:
        return ("limit",)

    @extend_schema(
        operation_id="proposals_list",
        parameters=[OpenApiParameter("limit", int, description=f"At most {MAX_LIMIT}; 50 if it is left out.")],
        responses=ProposalSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the hurt cases that are no candidates yet: gold first, then agreed ones, then those by verdicts."""
        study = access.study_to_curate(request.user, slug)
        limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT)
        try:
            most = limit.run_validation(request.query_params.get("limit", "50"))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"limit": error.detail}) from None
        return Response(ProposalSerializer(proposals(study, limit=most), many=True).data)


class CandidateList(ApiListView):
    """List the answers that were sent to repair in a study that you curate or lead."""

    serializer_class = CandidateSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "basis": choice_filter("basis", Candidate.Basis.values, "Whose word it is that the answer fails."),
        "open": Filter("rejected_at__isnull", serializers.BooleanField(), "Whether it was not rejected."),
    }

    def get_queryset(self) -> QuerySet[Candidate]:
        return access.candidates_to_repair(self.request.user, self.kwargs["slug"])

    @extend_schema(
        operation_id="candidates_create",
        request=SentSerializer,
        responses={
            200: _CANDIDATES,
            409: OpenApiResponse(description="One of the cases cannot be repaired; none was sent."),
        },
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Send the second answers of cases to repair, all or none. A case that was sent before is sent once."""
        study = access.study_to_curate(request.user, slug)
        body = validated(SentSerializer, request.data)
        made = candidates_create(study=study, case_ids=body["cases"], user=self.person)
        return Response(CandidateSerializer(made, many=True).data)


class CandidateView(ApiView):
    """One candidate with its texts and constraints."""

    @extend_schema(operation_id="candidate_read", responses=CandidateDetailSerializer)
    def get(self, request: Request, slug: str, candidate_id: int) -> Response:
        """Read a candidate: why it was proposed, its prompt, constraints and failing answer."""
        return Response(CandidateDetailSerializer(access.candidate_to_repair(request.user, slug, candidate_id)).data)


class RejectionView(ApiView):
    """The rejection of a candidate."""

    @extend_schema(operation_id="candidate_reject", request=RejectionSerializer, responses=CandidateSerializer)
    def post(self, request: Request, slug: str, candidate_id: int) -> Response:
        """Set a candidate aside with a reason. Its attempts stay; one with an exemplar is refused with 409."""
        candidate = access.candidate_to_repair(request.user, slug, candidate_id)
        body = validated(RejectionSerializer, request.data)
        rejected = candidate_reject(candidate=candidate, user=self.person, **body)
        return Response(CandidateSerializer(rejected).data)


class ReopeningView(ApiView):
    """The end of a rejection."""

    @extend_schema(operation_id="candidate_reopen", request=None, responses=CandidateSerializer)
    def post(self, request: Request, slug: str, candidate_id: int) -> Response:
        """Open a rejected candidate again."""
        candidate = access.candidate_to_repair(request.user, slug, candidate_id)
        validated(NothingSerializer, request.data)
        return Response(CandidateSerializer(candidate_reopen(candidate=candidate, user=self.person)).data)


class EditDraftView(ApiView):
    """Your unsubmitted rewriting of an answer."""

    @extend_schema(
        operation_id="repair_draft_save",
        request=EditDraftSerializer,
        responses={200: SavedDraftSerializer, 409: OpenApiResponse(description="A newer draft is stored.")},
    )
    def post(self, request: Request, slug: str, candidate_id: int) -> Response:
        """Save what is typed so far on top of the draft that you read: reasoning, answer, parent, ticked."""
        candidate = access.candidate_to_repair(request.user, slug, candidate_id)
        body = validated(EditDraftSerializer, request.data)
        return Response(SavedDraftSerializer(repair_draft_save(candidate=candidate, author=self.person, **body)).data)
