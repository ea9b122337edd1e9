"""An API client with a token."""

from collections.abc import Collection

from django.contrib.auth.models import User
from rest_framework.test import APIClient

from annotator.accounts.models import ApiToken
from annotator.accounts.services import token_issue, token_use


def client_of(user: User | None, scopes: Collection[str] = tuple(ApiToken.Scope)) -> APIClient:
    """Return a client of `user` with a token of those scopes, or without one for None. Server errors raise."""
    client = APIClient()
    if user is not None:
        token = token_issue(user=user, scopes=scopes)
        token_use(token=token.token)  # else the first request alone would write, and tests count statements
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.text}")
    return client
