"""Sessions, and the addresses from which an account has logged in."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from annotator.accounts.addresses import REMEMBERED, address_digest
from annotator.accounts.models import KnownAddress
from annotator.accounts.services.tokens import tokens_end
from annotator.events.services import event_append

_NOTED_EVERY = timedelta(days=1)


def address_remember(*, user: User, address: str) -> None:
    """Note that the account logged in from there; written once a day. What is older than REMEMBERED is forgotten."""
    now, digest = timezone.now(), address_digest(address)
    own = KnownAddress.objects.filter(user=user)
    if not own.filter(digest=digest, seen_at__gt=now - _NOTED_EVERY).exists():
        KnownAddress.objects.update_or_create(user=user, digest=digest, defaults={"seen_at": now})
        own.filter(seen_at__lte=now - REMEMBERED).delete()


def sessions_end(*, user: User) -> int:
    """End all sessions of an account. Returns how many.

    Django's table does not say whose a session is, so that each one that has not expired is read.
    """
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
            ended += 1
    return ended


@transaction.atomic
def everything_end(*, user: User) -> None:
    """Log an account out everywhere: all its sessions and tokens end."""
    sessions, tokens = sessions_end(user=user), tokens_end(user=user)
    event_append("account.logged_out", user, {"sessions": sessions, "tokens": tokens}, actor=user)


@transaction.atomic
def password_change(*, user: User, password: str) -> None:
    """Set the password that the user chose. Their other sessions and all their tokens end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    tokens_end(user=user)
    event_append("account.password_changed", user, actor=user)
