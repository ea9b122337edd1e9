"""Tokens and accounts over REST: one's own tokens, those of members, and the accounts of the site."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.accounts.models import ApiToken
from annotator.accounts.selectors import tokens_of
from annotator.accounts.services import everything_end, token_revoke
from annotator.api.pagination import Filter
from annotator.api.parsing import NothingSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.studies.services import account_close, account_open

_REVOKED = {204: OpenApiResponse(description="The token has ended.")}


class TokenStateSerializer(serializers.ModelSerializer[ApiToken]):
    id = serializers.UUIDField(source="public_id", help_text="Names the token; it is no part of it.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiToken.Scope.values))
    expires_at = serializers.DateTimeField(source="expiry")

    class Meta:
        model = ApiToken
        fields = ("id", "name", "scopes", "created", "last_used", "expires_at")


class OwnTokenList(ApiView):
    """Your tokens."""

    @extend_schema(operation_id="tokens_list", responses=TokenStateSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the tokens with which you can log in, newest first; at most 50."""
        return Response(TokenStateSerializer(tokens_of(self.person), many=True).data)


class OwnTokenRevokeView(ApiView):
    """One of your tokens."""

    @extend_schema(operation_id="token_revoke", request=None, responses=_REVOKED)
    def post(self, request: Request, token: UUID) -> Response:
        """End one of your tokens at once."""
        return _revoked(self, access.own_token(self.person, token))


class LogoutEverywhereView(ApiView):
    """All your sessions and tokens."""

    @extend_schema(operation_id="logout_everywhere", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End all your sessions and tokens, the one of this request too."""
        validated(NothingSerializer, request.data)
        everything_end(user=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberTokenRevokeView(ApiView):
    """A token of a member of a study that you lead."""

    @extend_schema(operation_id="member_token_revoke", request=None, responses=_REVOKED)
    def post(self, request: Request, slug: str, member_id: int, token: UUID) -> Response:
        """End a token of a member at once. Those of a site lead, and of the lead of another study, stay theirs."""
        return _revoked(self, access.member_token(request.user, slug, member_id, token))


class AccountSerializer(serializers.ModelSerializer[User]):
    open = serializers.BooleanField(source="is_active")
    site_lead = serializers.BooleanField(source="is_staff")

    class Meta:
        model = User
        fields = ("id", "username", "open", "site_lead")


class AccountList(ApiListView):
    """List the accounts of the site, for site leads."""

    serializer_class = AccountSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "open": Filter("is_active", serializers.BooleanField(), "Whether the account can log in."),
    }

    def get_queryset(self) -> QuerySet[User]:
        return access.accounts_led_by(self.request.user)


class AccountCloseView(ApiView):
    """The end of an account."""

    @extend_schema(
        operation_id="account_close",
        request=None,
        responses={200: AccountSerializer, 409: OpenApiResponse(description="It is the only lead of something.")},
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Close an account, for site leads: no login, its sessions and tokens end, its open cases go back."""
        person = access.account_for(request.user, user_id)
        validated(NothingSerializer, request.data)
        account_close(user=person, by=self.person)
        return Response(AccountSerializer(person).data)


class AccountOpenView(ApiView):
    """The return of an account."""

    @extend_schema(operation_id="account_open", request=None, responses=AccountSerializer)
    def post(self, request: Request, user_id: int) -> Response:
        """Open a closed account again, for site leads."""
        person = access.account_for(request.user, user_id)
        validated(NothingSerializer, request.data)
        account_open(user=person, by=self.person)
        return Response(AccountSerializer(person).data)


class AccountTokenRevokeView(ApiView):
    """A token of an account."""

    @extend_schema(operation_id="account_token_revoke", request=None, responses=_REVOKED)
    def post(self, request: Request, user_id: int, token: UUID) -> Response:
        """End a token of any account at once, for site leads."""
        return _revoked(self, access.account_token(request.user, user_id, token))


def _revoked(view: ApiView, token: Any) -> Response:
    validated(NothingSerializer, view.request.data)
    token_revoke(token=token, by=view.person)
    return Response(status=status.HTTP_204_NO_CONTENT)
