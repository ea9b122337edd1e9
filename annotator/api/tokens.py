"""Login over REST: a token for a name and password."""

from math import ceil
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, user_logged_in
from django.contrib.auth.models import User
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.accounts import login_throttling
from annotator.accounts.addresses import client_address
from annotator.accounts.models import ApiToken
from annotator.accounts.password_login import no_passwords_sentence
from annotator.accounts.services import address_remember, token_issue
from annotator.accounts.services.tokens import MAX_NAME
from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.views import ApiView


class CredentialsSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)
    name = serializers.CharField(
        max_length=MAX_NAME, required=False, allow_blank=True, help_text="What your account page shall call the token."
    )
    scopes = serializers.ListField(
        child=Choice(choices=ApiToken.Scope.values),
        allow_empty=False,
        default=ApiToken.Scope.values,
        help_text="What the token is good for; all of it if this is left out.",
    )


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send it as the header `Authorization: Token ...`. It is shown this once.")
    name = serializers.CharField(help_text="What your account page calls it.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiToken.Scope.values))
    expires_at = serializers.DateTimeField(help_text="It ends then, or before with your password or your account.")


class TokenView(ApiView):
    """Log in: trade your name and password for a new token. Your account page lists your tokens and revokes them.

    An account has at most 50 tokens: beyond them, those that were unused longest end.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="token", request=CredentialsSerializer, responses=TokenSerializer, auth=[])
    def post(self, request: Request) -> Response:
        sent = validated(CredentialsSerializer, request.data)
        if not settings.PASSWORD_LOGIN:
            sentence = no_passwords_sentence(settings.OIDC_NAME)
            raise exceptions.PermissionDenied(gettext("%(why)s Make a token on your account page.") % {"why": sentence})
        username, password = sent["username"], sent["password"]
        user = authenticate(request, username=username, password=password)
        if not isinstance(user, User):
            self._check_throttling(request, username)
            raise exceptions.ValidationError(
                gettext("Name and password do not match an open account; ask your lead for one.")
            )
        user_logged_in.send(type(user), request=request, user=user)
        address_remember(user=user, address=client_address(request))
        issued = token_issue(user=user, name=sent.get("name", ""), scopes=sent["scopes"])
        token = issued.token
        shown = {"token": issued.text, "name": token.name, "scopes": token.scopes, "expires_at": token.expiry}
        return Response(TokenSerializer(shown).data)

    def _check_throttling(self, request: Request, username: str) -> None:
        throttled = login_throttling.refusal(request, username)
        if throttled is not None:
            sentence, wait = throttled
            refused = exceptions.Throttled(wait=ceil(wait.total_seconds()))
            refused.detail = sentence  # type: ignore[assignment]  # else DRF appends a sentence of its own
            raise refused
