"""Deletion of personal data: a person's labels stay, under a name that says nothing of them."""

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotator.accounts.models import KnownAddress, LoginIdentity
from annotator.events.services import event_append
from annotator.exemplars.models import RepairDraft
from annotator.idempotency.models import KeyedRequest
from annotator.personal_data.selectors import accounts_closed_before
from annotator.studies.errors import MemberRefused
from annotator.studies.models import AdjudicatorPresence, Annotation, DecisionDraft, Draft
from annotator.studies.services import account_close

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The name that a person has from now on, and how many of their rows were deleted or emptied."""

    name: str
    drafts: int
    addresses: int
    timings: int


@transaction.atomic
def person_forget(*, user: User, by: User | None = None) -> Forgotten:
    """Delete what says who somebody is: name, e-mail, password, tokens, sessions, addresses, drafts and timings.

    Their annotations, decisions and events stay, under the name that is returned. It cannot be undone. Raises
    MemberRefused for the owner of a study, and for the last site lead.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    account_close(user=locked, by=by)
    forgotten = Forgotten(
        name=_free_name(locked),
        drafts=_drafts_delete(locked),
        addresses=_addresses_delete(locked),
        timings=_timings_empty(locked),
    )
    LoginIdentity.objects.filter(user=locked).delete()
    KeyedRequest.objects.filter(user=locked).delete()
    locked.username, locked.first_name, locked.last_name, locked.email = forgotten.name, "", "", ""
    locked.is_staff, locked.is_superuser, locked.last_login = False, False, None
    locked.set_unusable_password()
    locked.save()
    counts = {name: value for name, value in asdict(forgotten).items() if name != "name"}
    event_append("account.forgotten", locked, counts, actor=by)
    return forgotten


def closed_accounts_forget() -> int:
    """Forget who has had no account for FORGET_CLOSED_AFTER_DAYS, 0 for never. Returns how many; idempotent."""
    days = settings.FORGET_CLOSED_AFTER_DAYS
    if not days:
        return 0
    forgotten = 0
    for user in accounts_closed_before(timezone.now() - timedelta(days=days)):
        try:
            person_forget(user=user)
        except MemberRefused as refusal:
            logger.warning("an account that was closed %d days ago is kept: %s", days, refusal)
        else:
            forgotten += 1
    return forgotten


def _free_name(user: User) -> str:
    """Return person-17 for account 17, with one more number where an account has that name."""
    taken = User.objects.exclude(pk=user.pk).filter(username__startswith=f"person-{user.pk}")
    names, number = set(taken.values_list("username", flat=True)), 1
    while (name := f"person-{user.pk}" + (f"-{number}" if number > 1 else "")) in names:
        number += 1
    return name


def _drafts_delete(user: User) -> int:
    rows = (
        Draft.objects.filter(assignment__annotator=user),
        DecisionDraft.objects.filter(adjudicator=user),
        RepairDraft.objects.filter(author=user),
    )
    AdjudicatorPresence.objects.filter(adjudicator=user).delete()
    return sum(drafts.delete()[0] for drafts in rows)


def _addresses_delete(user: User) -> int:
    tried = (
        table.objects.filter(username=user.get_username()) for table in (AccessAttempt, AccessFailureLog, AccessLog)
    )
    return sum(rows.delete()[0] for rows in (KnownAddress.objects.filter(user=user), *tried))


def _timings_empty(user: User) -> int:
    """Delete the seconds in view, which their browser measured; the time of a submission is part of the label."""
    timed = Annotation.objects.filter(assignment__annotator=user).exclude(seconds=None)
    return timed.update(seconds=None)
