"""API tokens: issued, used, revoked.

A token's text is returned once, when it is issued, and never stored.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotator.accounts.models import ApiToken
from annotator.events.services import event_append
from annotator.text_cleaning import replace_unstorable

MAX_TOKENS = 50
MAX_NAME = 64
_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: the text that its owner sends, and the row that is kept."""

    text: str
    token: ApiToken


@transaction.atomic
def token_issue(*, user: User, name: str = "", scopes: Collection[str] = tuple(ApiToken.Scope)) -> IssuedToken:
    """Issue a token that ends after TOKEN_DAYS, or before with the password or the account.

    Expired tokens are deleted. An account has at most MAX_TOKENS: beyond them, those that were unused longest end.
    Raises ValueError for scopes that do not exist, and for none.
    """
    if not scopes or not set(scopes) <= set(ApiToken.Scope.values):
        raise ValueError(f"scopes {sorted(scopes)}: name some of {', '.join(ApiToken.Scope.values)}.")
    issued = ApiToken.objects.filter(user=user)
    issued.filter(expiry__lte=timezone.now()).delete()
    token, text = ApiToken.objects.create(
        user=user,
        expiry=timedelta(days=settings.TOKEN_DAYS),
        name=replace_unstorable(name.strip())[:MAX_NAME],
        password_fingerprint=user.get_session_auth_hash(),
        scopes=[scope for scope in ApiToken.Scope.values if scope in scopes],
    )
    by_use = issued.exclude(pk=token.pk).order_by(F("last_used").desc(nulls_last=True), "-created")
    for unused in by_use[MAX_TOKENS - 1 :]:
        unused.delete()
    payload = {"token": str(token.public_id), "name": token.name, "scopes": token.scopes}
    event_append("token.issued", user, payload, actor=user)
    return IssuedToken(text, token)


def token_use(*, token: ApiToken) -> None:
    """Note that the token was used, at most once in an hour."""
    now = timezone.now()
    if token.last_used is None or token.last_used <= now - _USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)


@transaction.atomic
def token_revoke(*, token: ApiToken, by: User) -> None:
    """End one token at once. Idempotent."""
    deleted, _ = ApiToken.objects.filter(pk=token.pk).delete()
    if deleted:
        payload = {"token": str(token.public_id), "name": token.name}
        event_append("token.revoked", token.user, payload, actor=by)


@transaction.atomic
def tokens_end(*, user: User) -> int:
    """End all tokens of an account. Returns how many."""
    deleted: int = ApiToken.objects.filter(user=user).delete()[0]
    if deleted:
        event_append("token.revoked", user, {"token": "all", "count": deleted})
    return deleted
