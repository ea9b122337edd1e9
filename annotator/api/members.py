"""Members of a study over REST, for its leads: listed, added, deactivated and reactivated."""

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter, choice_filter
from annotator.api.parsing import Choice, NothingSerializer, StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import ASSIGNABLE_ROLES, Membership
from annotator.studies.selectors.members import MemberCounts, member_counts
from annotator.studies.services import member_add, member_deactivate, member_reactivate, study_hand_over
from annotator.studies.services.members import MAX_REASON, MemberChange

_REFUSED = {409: OpenApiResponse(description="It is the owner, or a lead that only the owner changes, or deactivated.")}


class StudyMemberSerializer(serializers.ModelSerializer[Membership]):
    user = serializers.CharField(source="user.username")

    class Meta:
        model = Membership
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "user",
            "pseudonym",
            "role",
            "created_at",
            "deactivated_at",
            "deactivation_reason",
            "left_out",
        )


class MemberCountsSerializer(serializers.Serializer[MemberCounts]):
    submitted = serializers.IntegerField()
    skipped = serializers.IntegerField()
    held = serializers.IntegerField(help_text="Open now: held by a lease that has not ended.")
    last_active = serializers.DateTimeField(allow_null=True)


class MemberDetailSerializer(StudyMemberSerializer):
    cases = serializers.SerializerMethodField(help_text="Without practice cases and hidden checks.")

    class Meta(StudyMemberSerializer.Meta):
        fields: ClassVar = (*StudyMemberSerializer.Meta.fields, "cases")

    @extend_schema_field(MemberCountsSerializer)
    def get_cases(self, member: Membership) -> Any:
        return MemberCountsSerializer(member_counts(member)).data


class MemberChangeSerializer(serializers.Serializer[MemberChange]):
    member = StudyMemberSerializer(source="membership")
    released = serializers.IntegerField(help_text="Open cases that went back to the queue.")
    judged = serializers.IntegerField(help_text="Cases that they have judged.")
    reopened = serializers.IntegerField(help_text="Judged cases that are handed out again.")
    gold_changed = serializers.IntegerField(help_text="Cases whose gold by the rule changed.")


class NewMemberSerializer(StrictSerializer):
    user = serializers.CharField(max_length=150, help_text="The name that they log in with.")
    role = Choice(choices=ASSIGNABLE_ROLES)


class DeactivationSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=MAX_REASON, help_text="Kept, shown and exported; name nobody.")
    left_out = serializers.BooleanField(default=False, help_text="Their annotations count nowhere.")
    hand_out_again = serializers.BooleanField(default=False, help_text="Others judge again what they have judged.")


class MemberList(ApiListView):
    """List the members of a study that you lead, the deactivated ones too."""

    serializer_class = StudyMemberSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "role": choice_filter("role", Membership.Role.values, "Their role."),
        "active": Filter("deactivated_at__isnull", serializers.BooleanField(), "Whether the study is open to them."),
    }

    def get_queryset(self) -> QuerySet[Membership]:
        study = access.study_led_by(self.request.user, self.kwargs["slug"])
        return study.memberships.select_related("user")

    @extend_schema(
        operation_id="member_add", request=NewMemberSerializer, responses={200: StudyMemberSerializer, **_REFUSED}
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Let somebody in who has an account, or change the role of a member."""
        study = access.study_led_by(request.user, slug)
        body = validated(NewMemberSerializer, request.data)
        user = User.objects.filter(username=body["user"], is_active=True).first()
        if user is None:
            sentence = _("There is no user of that name; ask whoever runs this server to make one.")
            raise serializers.ValidationError({"user": [sentence]})
        member = member_add(study=study, user=user, role=body["role"], by=self.person)
        return Response(StudyMemberSerializer(member).data)


class MemberView(ApiView):
    """One member of a study that you lead."""

    @extend_schema(operation_id="member_read", responses=MemberDetailSerializer)
    def get(self, request: Request, slug: str, member_id: int) -> Response:
        """Read a member with the numbers of their cases."""
        return Response(MemberDetailSerializer(access.member_led_by(request.user, slug, member_id)).data)


class DeactivationView(ApiView):
    """The end of a membership, which keeps everything that they annotated."""

    @extend_schema(
        operation_id="member_deactivate",
        request=DeactivationSerializer,
        responses={200: MemberChangeSerializer, **_REFUSED},
    )
    def post(self, request: Request, slug: str, member_id: int) -> Response:
        """Close the study to a member at once. Sent again, it changes the reason and both choices."""
        member = access.member_led_by(request.user, slug, member_id)
        body = validated(DeactivationSerializer, request.data)
        change = member_deactivate(membership=member, by=self.person, **body)
        return Response(MemberChangeSerializer(change).data)


class ReactivationView(ApiView):
    """The return of a member."""

    @extend_schema(operation_id="member_reactivate", request=None, responses={200: MemberChangeSerializer, **_REFUSED})
    def post(self, request: Request, slug: str, member_id: int) -> Response:
        """Open the study to a deactivated member again: their annotations count as before."""
        member = access.member_led_by(request.user, slug, member_id)
        validated(NothingSerializer, request.data)
        return Response(MemberChangeSerializer(member_reactivate(membership=member, by=self.person)).data)


class HandOverView(ApiView):
    """The handing over of a study that you own."""

    @extend_schema(operation_id="study_hand_over", request=None, responses={200: StudyMemberSerializer, **_REFUSED})
    def post(self, request: Request, slug: str, member_id: int) -> Response:
        """Make a member the owner of the study; you stay one of its leads."""
        member = access.member_owned_by(request.user, slug, member_id)
        validated(NothingSerializer, request.data)
        return Response(StudyMemberSerializer(study_hand_over(membership=member, by=self.person)).data)
