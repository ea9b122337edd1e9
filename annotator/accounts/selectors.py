"""Selectors of API tokens. Reads only."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from knox.crypto import hash_token

from annotator.accounts.models import ApiToken


def tokens_of(user: User) -> Sequence[ApiToken]:
    """Return the tokens with which `user` can log in, newest first."""
    fingerprint = user.get_session_auth_hash()
    unexpired = ApiToken.objects.filter(user=user, expiry__gt=timezone.now(), password_fingerprint=fingerprint)
    return list(unexpired.order_by("-created", "pk"))


def token_with(text: str) -> ApiToken | None:
    """Return the valid token of that text with its user; None if it is unknown, expired or revoked.

    A token is worth nothing once its account is closed or its password has changed.
    """
    token = ApiToken.objects.select_related("user").filter(digest=hash_token(text)).first()
    if token is None or token.expiry is None or token.expiry <= timezone.now() or not token.user.is_active:
        return None
    unchanged = constant_time_compare(token.password_fingerprint, token.user.get_session_auth_hash())
    return token if unchanged else None
