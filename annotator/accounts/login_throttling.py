"""Login throttling: after too many wrong passwords, the time until the next try and its sentence.

Two counts, both over AXES_COOLOFF_TIME, both of known and unknown names, on the login page and for tokens alike:

- *An account from one address*: after AXES_FAILURE_LIMIT wrong passwords that pair is refused, with the right password
  too. django-axes counts and refuses. Other accounts and addresses are not affected, and a password reset ends it.
- *An address, whatever the names*: after ADDRESS_LOGIN_FAILURES wrong passwords, only accounts that logged in there
  in the last 30 days may try, each with a count of its own as above. So whoever guesses from an address of their own is
  stopped, and behind a proxy, where all share one address, nobody who works there is locked out by somebody's guesses.

Beyond the second bound every refusal has the same words, so that none says which names exist.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.accounts.addresses import REMEMBERED, address_digest
from annotator.accounts.models import KnownAddress

_MINUTE = timedelta(minutes=1)


class AddressBackend:
    """Refuses the login of an account that is not known at an address from which too many were guessed.

    It stands behind the backend of django-axes, which has set the request's address, and before the one that checks
    passwords. A refused try is not counted, so that the wait does not grow.
    """

    def authenticate(self, request: Any, username: str | None = None, password: str | None = None, **_: Any) -> None:
        if request is None or username is None or not _address_exhausted(request.axes_ip_address):
            return
        if not _known(username, request.axes_ip_address):
            User().set_password(password)  # as long as a check would take: the time says nothing about the name
            request.axes_locked_out = True
            raise PermissionDenied


def refusal(request: Any, username: str) -> tuple[str, timedelta] | None:
    """Return the sentence for a login that was refused unchecked, and the time to wait; None for a wrong password.

    `request` is the one with which `authenticate` was called. Minutes are rounded up, so that nobody comes back early.
    """
    address = request.axes_ip_address
    if _address_exhausted(address):
        wait = _wait(AccessAttempt.objects.filter(ip_address=address), settings.ADDRESS_LOGIN_FAILURES)
        return _address_sentence(_minutes(wait)), wait
    if not getattr(request, "axes_locked_out", False):
        return None
    attempts = AccessAttempt.objects.filter(username=username, ip_address=address)
    wait = _wait(attempts, settings.AXES_FAILURE_LIMIT)
    return _account_sentence(username, _minutes(wait)), wait


def _address_exhausted(address: str) -> bool:
    recent = AccessAttempt.objects.filter(
        ip_address=address, attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME
    )
    failures = recent.aggregate(n=Sum("failures_since_start"))["n"] or 0
    return bool(failures >= settings.ADDRESS_LOGIN_FAILURES)


def _known(username: str, address: str) -> bool:
    since = timezone.now() - REMEMBERED
    known = KnownAddress.objects.filter(user__username=username, digest=address_digest(address), seen_at__gt=since)
    return known.exists()


def _wait(attempts: QuerySet[Any], limit: int) -> timedelta:
    """The time until fewer than `limit` failures are left: the oldest expire first."""
    rows = list(attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start"))
    counted, now = sum(failures for _, failures in rows), timezone.now()
    for attempt_time, failures in rows:
        counted -= failures
        if counted < limit:
            ends: datetime = attempt_time + settings.AXES_COOLOFF_TIME
            return max(ends - now, timedelta())
    return timedelta()


def _minutes(wait: timedelta) -> int:
    return max(1, ceil(wait / _MINUTE))


def _account_sentence(username: str, minutes: int) -> str:
    return ngettext(
        "Too many wrong passwords for %(name)s. Come back in %(minutes)s minute, or ask your lead for a new password.",
        "Too many wrong passwords for %(name)s. Come back in %(minutes)s minutes, or ask your lead for a new password.",
        minutes,
    ) % {"name": username, "minutes": minutes}


def _address_sentence(minutes: int) -> str:
    advice = _("Whoever logged in from here in the last 30 days still can, with the right password.")
    wait = ngettext(
        "Too many wrong passwords from your address. Come back in %(minutes)s minute.",
        "Too many wrong passwords from your address. Come back in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}
    return f"{wait} {advice}"
