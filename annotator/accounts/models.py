"""API tokens, known addresses, and identities of login servers; Django's tables hold accounts."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken


def every_scope() -> list[str]:
    """The scopes of a token that may do whatever its owner may."""
    return list(ApiToken.Scope.values)


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """One token of an account: its SHA-512 digest, never the token itself.

    `public_id` names it on pages, which show no part of a token. `password_fingerprint` is the account's session hash
    when the token was issued: however the password is changed, the token ends with it, as sessions do. `last_used` is
    kept to the hour, so that reading over REST does not write every time. `scopes` are the kinds of requests for which
    the token is good; it never opens what its owner may not.
    """

    class Scope(models.TextChoices):
        READ = "read", _("read: lists, cases, results and files")
        ANNOTATE = "annotate", _("annotate: annotations, drafts, skips, flags and decisions")
        MANAGE = "manage", _("manage: everything else that changes something")

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=64, blank=True)
    password_fingerprint = models.CharField(max_length=64)
    last_used = models.DateTimeField(null=True)
    scopes = models.JSONField(default=every_scope)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"token {self.public_id} of {self.user_id}"


class KnownAddress(models.Model):
    """An address, as a keyed hash, from which an account has logged in: see `login_throttling`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_addresses")
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "digest"], name="known_address_once")]

    def __str__(self) -> str:
        return f"address of {self.user_id}, seen {self.seen_at}"


class LoginIdentity(models.Model):
    """An account's name at a login server: what `subject` logs in there is this account, whatever its e-mail is now."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="login_identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="login_identity_once"),
            models.UniqueConstraint(fields=["issuer", "user"], name="login_identity_of_one_account"),
        ]

    def __str__(self) -> str:
        return f"identity of {self.user_id} at {self.issuer}"
