"""Annotation over REST: the next case, the blind choice, the annotation, its draft, skips and flags.

An annotator sends `left` and `right` before the sides are revealed, and `first` and `second` in an annotation, which
can only be submitted afterwards: a case says by `position` which is which. Constraints are counted from 0.
"""

from typing import Any
from uuid import uuid4

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.adjudication import SpanSerializer
from annotator.api.case_sheets import CaseSheetSerializer, shown_case
from annotator.api.drafts import DraftSerializer, SavedDraftSerializer
from annotator.api.idempotency import idempotent
from annotator.api.parsing import Choice, NothingSerializer, StrictSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.studies import AnnotationSerializer
from annotator.api.views import ApiView
from annotator.studies import services
from annotator.studies.models import Annotation, Assignment

_NOT_NOW = {409: OpenApiResponse(description="The state of the case or study forbids it now; the sentence says why.")}


class NextCaseView(ApiView):
    """Your next case in a study."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="case_next",
        request=None,
        responses={
            200: CaseSheetSerializer,
            204: OpenApiResponse(description="No case waits; the queue says why."),
            **_NOT_NOW,
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        """Get a case to annotate: the one that you hold already, else the next one of the queue."""
        study = access.study_to_annotate(request.user, slug)
        validated(NothingSerializer, request.data)
        assignment = services.case_next(study=study, annotator=self.person)
        if assignment is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(shown_case(request, assignment.case_id))


class OwnCaseView(ApiView):
    """A case that is assigned to you."""

    @extend_schema(operation_id="case_read", responses=CaseSheetSerializer)
    def get(self, request: Request, case_id: int) -> Response:
        """Read a case of yours, as its page shows it to you now."""
        return Response(shown_case(request, case_id))


def _seen() -> serializers.CharField:
    return serializers.CharField(
        default="",
        allow_blank=True,
        max_length=64,
        help_text="The `seen` of the case as you read it: refused where codebook or setting changed since; optional.",
    )


class BlindChoiceSerializer(StrictSerializer):
    choice = Choice(choices=Assignment.Side.values, help_text="The answer that obeys the constraints better.")
    seen = _seen()


class BlindChoiceView(ApiView):
    """The choice before the sides are revealed."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="case_choose", request=BlindChoiceSerializer, responses={200: CaseSheetSerializer, **_NOT_NOW}
    )
    def post(self, request: Request, case_id: int) -> Response:
        """Choose a side blind; the case comes back with its sides revealed. The first choice stays."""
        assignment = access.assignment_for(request.user, case_id)
        body = validated(BlindChoiceSerializer, request.data)
        services.assignment_choose_blind(assignment=assignment, **body)
        return Response(shown_case(request, case_id))


class NewDisputeSerializer(StrictSerializer):
    side = fields.side()
    constraint = serializers.IntegerField(min_value=0, help_text="The constraint's place in the prompt, from 0.")
    reason = serializers.CharField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The service counts constraints from 1, as its pages do."""
        return {**attrs, "constraint": attrs["constraint"] + 1}


class EvidenceSpanSerializer(SpanSerializer):
    quote = serializers.CharField(
        trim_whitespace=False,
        help_text="The words, or their first 100 characters: offsets that were counted otherwise are refused.",
    )


class NewAnnotationSerializer(StrictSerializer):
    base_revision = serializers.IntegerField(min_value=0, help_text="The `revision` of the case as you read it.")
    label = fields.label()
    patterns = serializers.ListField(child=serializers.CharField(max_length=64), default=list)
    other_text = serializers.CharField(default="", allow_blank=True)
    note = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    confidence = Choice(choices=["", *Annotation.Confidence.values], default="")
    effects = serializers.ListField(
        child=serializers.CharField(allow_blank=True, max_length=32),
        default=list,
        help_text="How the second answer compares on each constraint, in order; empty where you say nothing.",
    )
    spans = EvidenceSpanSerializer(many=True, default=list)
    disputes = NewDisputeSerializer(many=True, default=list)
    seconds = serializers.IntegerField(min_value=0, allow_null=True, default=None)
    rework = serializers.IntegerField(
        min_value=1, allow_null=True, default=None, help_text="The id of the rework that this closes."
    )
    seen = _seen()


class AnnotationView(ApiView):
    """Your annotation of a case."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="annotation_submit",
        request=NewAnnotationSerializer,
        responses={201: AnnotationSerializer, **_NOT_NOW},
    )
    @idempotent
    def post(self, request: Request, case_id: int) -> Response:
        """Submit an annotation as the next revision. In a blind study the blind choice comes first."""
        assignment = access.assignment_for(request.user, case_id)
        sent = validated(NewAnnotationSerializer, request.data)
        annotation = services.annotation_submit(
            assignment=assignment,
            submission_key=uuid4(),
            base_revision=sent.pop("base_revision"),
            rework=sent.pop("rework"),
            seen=sent.pop("seen"),
            content=services.AnnotationContent(**sent),
        )
        return Response(AnnotationSerializer(annotation).data, status=status.HTTP_201_CREATED)


class AnnotationDraftView(ApiView):
    """Your draft of an annotation."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="draft_save", request=DraftSerializer, responses={200: SavedDraftSerializer, **_NOT_NOW}
    )
    def post(self, request: Request, case_id: int) -> Response:
        """Save what is typed so far on top of the draft that you read, with the fields of the page."""
        assignment = access.assignment_for(request.user, case_id)
        body = validated(DraftSerializer, request.data)
        return Response(SavedDraftSerializer(services.draft_save(assignment=assignment, **body)).data)


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField()


class SkipView(ApiView):
    """A case that you leave to others."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="case_skip", request=ReasonSerializer, responses={204: None, **_NOT_NOW})
    def post(self, request: Request, case_id: int) -> Response:
        """Skip a case with a reason: it goes back to the queue for others, and your draft is kept."""
        assignment = access.assignment_for(request.user, case_id)
        body = validated(ReasonSerializer, request.data)
        services.assignment_skip(assignment=assignment, **body)
        return Response(status=status.HTTP_204_NO_CONTENT)


class FlagView(ApiView):
    """Your flag on a case."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="flag_raise", request=ReasonSerializer, responses={200: CaseSheetSerializer, **_NOT_NOW}
    )
    def post(self, request: Request, case_id: int) -> Response:
        """Flag a case for discussion, once."""
        assignment = access.assignment_for(request.user, case_id)
        body = validated(ReasonSerializer, request.data)
        services.flag_raise(assignment=assignment, **body)
        return Response(shown_case(request, case_id))


class ReplySerializer(StrictSerializer):
    text = serializers.CharField()


class FlagReplyView(ApiView):
    """A further message on your flag."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="flag_reply", request=ReplySerializer, responses={200: CaseSheetSerializer, **_NOT_NOW})
    def post(self, request: Request, case_id: int) -> Response:
        """Write once more on your own flag, which opens it again."""
        _assignment, flag = access.own_flag(request.user, case_id)
        body = validated(ReplySerializer, request.data)
        services.flag_reply(flag=flag, **body)
        return Response(shown_case(request, case_id))


class FlagReadView(ApiView):
    """The answer to your flag."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="flag_read", request=None, responses={204: None})
    def post(self, request: Request, case_id: int) -> Response:
        """Mark the answer to your own flag as read."""
        _assignment, flag = access.own_flag(request.user, case_id)
        validated(NothingSerializer, request.data)
        services.flag_read(flag=flag)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LeaseSerializer(serializers.ModelSerializer[Assignment]):
    class Meta:
        model = Assignment
        fields = ("case", "lease_until")


class LeaseView(ApiView):
    """The lease of a case that you hold."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="lease_renew", request=None, responses={200: LeaseSerializer, **_NOT_NOW})
    def post(self, request: Request, case_id: int) -> Response:
        """Keep a case for as long again; without it others get the case once `lease_until` is over."""
        assignment = access.assignment_for(request.user, case_id)
        validated(NothingSerializer, request.data)
        return Response(LeaseSerializer(services.assignment_renew(assignment=assignment)).data)
