"""Identities of a login server: whose account a login is of, and accounts for people who have none.

An identity that is known opens its account, whatever e-mail address it has now. A new one opens the account with its
e-mail address, if the login server has verified that address; e-mail addresses of accounts are written by operators and
by this module alone. Nobody else gets in, unless OIDC_SIGNUP makes an account for their domain.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.accounts.models import LoginIdentity
from annotator.events.services import event_append

_LONGEST = 255
_UNFIT = re.compile(r"[^\w.@+-]")


class LoginRefused(Exception):  # noqa: N818 - a name says what happened, as in studies.errors
    """A login by a login server opens no account. Its text is shown to the visitor as it is."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a login server about a person: `subject` is their id there, `email` "" where none is verified."""

    subject: str
    email: str
    name: str = ""


@transaction.atomic
def identity_login(*, issuer: str, claims: Claims) -> User:
    """Return the open account of this person, which is linked to them at their first login. Raises LoginRefused."""
    _refuse_unfit(claims)
    identity = LoginIdentity.objects.filter(issuer=issuer, subject=claims.subject).select_related("user").first()
    user = identity.user if identity else _by_email(issuer, claims) or _new_account(claims)
    if not user.is_active:
        raise LoginRefused(_("Your account here is closed; ask a site lead to open it again."))
    if identity is None:
        LoginIdentity.objects.create(user=user, issuer=issuer, subject=claims.subject)
        event_append("account.linked", user, {"issuer": issuer}, actor=user)
    return user


@transaction.atomic
def email_set(*, user: User, email: str) -> None:
    """Store the address by which a login server names this account. Raises LoginRefused if it is taken."""
    if email and User.objects.exclude(pk=user.pk).filter(email__iexact=email).exists():
        raise LoginRefused(_("Another account has the e-mail address %(email)s.") % {"email": email})
    user.email = email
    user.save(update_fields=["email"])
    event_append("account.email_changed", user)


def _refuse_unfit(claims: Claims) -> None:
    if not claims.subject or len(claims.subject) > _LONGEST or "\x00" in claims.subject + claims.email:
        raise LoginRefused(_("The login server did not say who you are; ask whoever runs it."))


def _by_email(issuer: str, claims: Claims) -> User | None:
    """Return the account with this verified address, None without one.

    Raises LoginRefused where several accounts have it, and where another identity of the login server has that account.
    """
    if not claims.email:
        raise LoginRefused(_("The login server has not verified your e-mail address; verify it there, and come back."))
    users = list(User.objects.select_for_update().filter(email__iexact=claims.email).order_by("pk")[:2])
    if len(users) > 1:
        raise LoginRefused(_("Several accounts here have your e-mail address; ask a site lead to leave it to one."))
    if users and LoginIdentity.objects.filter(issuer=issuer, user=users[0]).exists():
        raise LoginRefused(_("The account with your e-mail address belongs to another login; ask a site lead."))
    return users[0] if users else None


def _new_account(claims: Claims) -> User:
    domain = claims.email.rpartition("@")[2].lower()
    if not (settings.OIDC_SIGNUP and domain in settings.OIDC_SIGNUP_DOMAINS):
        raise LoginRefused(_("No account here has your e-mail address; ask a site lead for one."))
    user = User.objects.create_user(_free_name(claims), email=claims.email)
    event_append("account.created", user, actor=user)
    return user


def _free_name(claims: Claims) -> str:
    """Return a user name that nobody has, from the name at the login server, else from the e-mail address."""
    base = _UNFIT.sub("", claims.name or claims.email.partition("@")[0])[:140] or "somebody"
    taken = set(User.objects.filter(username__istartswith=base).values_list("username", flat=True))
    lowered, number, name = {name.lower() for name in taken}, 1, base
    while name.lower() in lowered:
        number += 1
        name = f"{base}-{number}"
    return name
