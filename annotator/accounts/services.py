"""Services of accounts: API tokens."""

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token


def token_issue(*, user: User) -> str:
    """Return the user's API token, created on the first call; a user has one token."""
    token, _created = Token.objects.get_or_create(user=user)
    return str(token.key)
