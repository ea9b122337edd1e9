"""An API client with a token."""

from django.contrib.auth.models import User
from rest_framework.test import APIClient

from annotator.accounts.services import token_issue, token_use


def client_of(user: User | None) -> APIClient:
    """Return a client of `user`, or without a token for None. Server errors raise."""
    client = APIClient()
    if user is not None:
        token = token_issue(user=user)
        token_use(token=token.token)  # else the first request alone would write, and tests count statements
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.text}")
    return client
