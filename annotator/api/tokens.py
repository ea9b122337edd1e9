"""Trades a name and password for a token."""

from hashlib import sha256
from typing import Any

from django.contrib.auth import authenticate
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.authtoken.models import Token
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from annotator.api.parsing import StrictSerializer
from annotator.api.views import ApiView


class GuessThrottle(SimpleRateThrottle):
    """Ten tries a minute at one name, from wherever: addresses are cheap, and behind a proxy they are all the same."""

    rate = "10/min"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        name = request.data.get("username") if isinstance(request.data, dict) else None
        return "token-guess:" + sha256(str(name).lower().encode("utf-8", "replace")).hexdigest()


class CredentialsSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send it as the header `Authorization: Token ...`.")


class TokenView(ApiView):
    """Log in: trade your name and password for a token. The same person always gets the same token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (GuessThrottle,)

    @extend_schema(operation_id="token", request=CredentialsSerializer, responses=TokenSerializer, auth=[])
    def post(self, request: Request) -> Response:
        credentials = CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        user = authenticate(request, **credentials.validated_data)
        if user is None:
            raise exceptions.ValidationError(
                gettext("Name and password do not match an open account; ask your lead for one.")
            )
        token, _ = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})
