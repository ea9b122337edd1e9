"""The queue of an adjudicator over REST: the next case, the draft of a decision, who is there."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.drafts import DraftSerializer, SavedDraftSerializer
from annotator.api.fields import row_id
from annotator.api.parsing import NothingSerializer, StrictSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.views import ApiView
from annotator.studies import services
from annotator.studies.selectors.adjudicator_presence import others_present_at

_STALE = {409: OpenApiResponse(description="A newer draft is stored, or the case was decided meanwhile.")}


class AfterSerializer(StrictSerializer):
    after = serializers.IntegerField(
        min_value=1, allow_null=True, default=None, help_text="The id of a case to leave for later; null for none."
    )


class NextUndecidedSerializer(serializers.Serializer[Any]):
    case = row_id()


class NextUndecidedView(ApiView):
    """The next case to decide."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="undecided_next",
        request=AfterSerializer,
        responses={200: NextUndecidedSerializer, 204: OpenApiResponse(description="No case waits.")},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Get the next undecided case, one that nobody else has open if there is one, and open it."""
        study = access.study_to_adjudicate(request.user, slug)
        body = validated(AfterSerializer, request.data)
        after_id = body["after"]
        after = access.case_to_adjudicate(request.user, slug, after_id) if after_id else None
        case = services.undecided_case_next(study=study, adjudicator=self.person, after=after)
        if case is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(NextUndecidedSerializer({"case": case.pk}).data)


class DecisionDraftView(ApiView):
    """The draft of your decision."""

    changes_need = Scope.ANNOTATE

    @extend_schema(
        operation_id="decision_draft_save", request=DraftSerializer, responses={200: SavedDraftSerializer, **_STALE}
    )
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Save what is typed so far on top of the draft that you read. Nobody else reads it."""
        case = access.case_to_adjudicate(request.user, slug, case_id)
        body = validated(DraftSerializer, request.data)
        draft = services.decision_draft_save(case=case, adjudicator=self.person, **body)
        return Response(SavedDraftSerializer(draft).data)


class PresenceSerializer(serializers.Serializer[Any]):
    others_since = serializers.DateTimeField(
        allow_null=True, help_text="When another adjudicator opened the case who still has it open; null for nobody."
    )


class PresenceView(ApiView):
    """Your presence at a case, which locks nothing."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="presence_renew", request=None, responses=PresenceSerializer)
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Say that you have a case open; it counts for `ASSIGNMENT_LEASE_S` seconds."""
        case = access.case_to_adjudicate(request.user, slug, case_id)
        validated(NothingSerializer, request.data)
        services.presence_renew(case=case, adjudicator=self.person)
        return Response(PresenceSerializer({"others_since": others_present_at(case, self.person)}).data)


class PresenceEndView(ApiView):
    """The end of your presence at a case."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="presence_end", request=None, responses={204: None})
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Say that you have left a case undecided."""
        case = access.case_to_adjudicate(request.user, slug, case_id)
        validated(NothingSerializer, request.data)
        services.presence_end(case=case, adjudicator=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)
