"""Accounts and their passwords. A password is generated at random; the caller shows it once."""

import secrets

from axes.utils import reset
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.accounts.services import tokens_end
from annotator.studies.errors import StudyRefused

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that look alike
_GROUPS, _GROUP_LENGTH = 4, 4


@transaction.atomic
def person_create(*, name: str, site_lead: bool = False) -> tuple[User, str]:
    """Return the account of that name and its new password, which is "" if the account existed before.

    A site lead (`is_staff`) leads every study, run and dataset; an existing one stays one. Raises StudyRefused.
    """
    try:
        User.username_validator(name)
    except ValidationError:
        raise StudyRefused(
            _("%(name)r cannot sign in: use letters, digits and @ . + - _ in a name.") % {"name": name}
        ) from None
    user, created = User.objects.get_or_create(username=name)
    password = _set_new_password(user) if created else ""
    if site_lead and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return user, password


@transaction.atomic
def password_reset(*, name: str) -> str:
    """Set and return a new password; open sessions, tokens and login throttling end. Raises User.DoesNotExist."""
    user = User.objects.select_for_update().get(username=name)
    password = _set_new_password(user)
    tokens_end(user=user)
    reset(username=name)
    return password


def _set_new_password(user: User) -> str:
    """Set a password of about 79 bits, in groups that can be read aloud."""
    groups = ("".join(secrets.choice(_LETTERS) for _letter in range(_GROUP_LENGTH)) for _group in range(_GROUPS))
    password = "-".join(groups)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password
