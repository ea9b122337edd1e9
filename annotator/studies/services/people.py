"""Accounts and their passwords: made, reset, closed.

A password is generated at random; the caller shows it once.
"""

import secrets

from axes.utils import reset
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.accounts.services import sessions_end, tokens_end
from annotator.events.services import event_append
from annotator.studies.errors import MemberRefused, StudyRefused
from annotator.studies.models import Study
from annotator.studies.services.members import refuse_owner
from annotator.studies.services.recounts import open_assignments_release

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
    if created:
        event_append("account.created", user)
    if site_lead and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        event_append("account.site_lead", user)
    return user, password


@transaction.atomic
def password_reset(*, name: str) -> str:
    """Set and return a new password; open sessions, tokens and login throttling end. Raises User.DoesNotExist."""
    user = User.objects.select_for_update().get(username=name)
    password = _set_new_password(user)
    tokens_end(user=user)
    reset(username=name)
    event_append("account.password_reset", user)
    return password


@transaction.atomic
def account_close(*, user: User, by: User | None) -> int:
    """Close an account: no login, and its sessions and tokens end. Returns how many cases went back to the queues.

    Idempotent; `by` is None for the program.

    Memberships and annotations stay. Raises MemberRefused for the owner of a study, and for the last site lead.
    """
    for study in Study.objects.filter(memberships__user=user).order_by("pk"):
        refuse_owner(study, user)  # also locks those that may be handed over to them at this moment
    site_leads = User.objects.select_for_update(no_key=True).filter(is_staff=True, is_active=True).order_by("pk")
    if [lead.pk for lead in site_leads] == [user.pk]:
        raise MemberRefused(
            _(
                "%(name)s is the only site lead; make somebody else one first "
                "(.venv/bin/python manage.py add_person NAME --site-lead)."
            )
            % {"name": user.get_username()}
        )
    was_active, user.is_active = user.is_active, False
    user.save(update_fields=["is_active"])
    sessions_end(user=user)
    tokens_end(user=user)
    studies = Study.objects.filter(memberships__user=user).order_by("pk")
    released = sum(open_assignments_release(study=study, annotator=user) for study in studies)
    if was_active:
        event_append("account.closed", user, {"released": released}, actor=by)
    return released


@transaction.atomic
def account_open(*, user: User, by: User) -> None:
    """Open a closed account again. Idempotent."""
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        event_append("account.opened", user, actor=by)


def _set_new_password(user: User) -> str:
    """Set a password of about 79 bits, in groups that can be read aloud."""
    groups = ("".join(secrets.choice(_LETTERS) for _letter in range(_GROUP_LENGTH)) for _group in range(_GROUPS))
    password = "-".join(groups)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password
