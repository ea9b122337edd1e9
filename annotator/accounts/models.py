"""API tokens, and known addresses. Django's own tables hold accounts and sessions."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """One token of an account: its SHA-512 digest, never the token itself.

    `public_id` names it on pages, which show no part of a token. `password_fingerprint` is the account's session hash
    when the token was issued: however the password is changed, the token ends with it, as sessions do. `last_used` is
    kept to the hour, so that reading over REST does not write every time.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=64, blank=True)
    password_fingerprint = models.CharField(max_length=64)
    last_used = models.DateTimeField(null=True)

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
