"""Login throttling: the refusal after too many wrong passwords, and the time until the next try.

django-axes does the counting and the refusing, below `authenticate`: so many wrong ones for an account from an address,
then that pair has to wait, with the right password too (the limits are in the settings). Another account or another
address is not concerned, and a password that is reset ends the waiting.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.utils import timezone
from django.utils.translation import ngettext

_MINUTE = timedelta(minutes=1)


def time_to_wait(request: Any, username: str) -> timedelta | None:
    """How long no password counts for this account from there; None where the one just given was looked at.

    `request` is the one that `authenticate` was called with. The oldest failures are forgotten first, so the waiting
    ends when fewer than the limit are left.
    """
    if not getattr(request, "axes_locked_out", False):
        return None
    tries = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address)
    rows = list(tries.order_by("attempt_time").values_list("attempt_time", "failures_since_start"))
    left, now = sum(failures for _, failures in rows), timezone.now()
    for at, failures in rows:
        left -= failures
        if left < settings.AXES_FAILURE_LIMIT:
            ends: datetime = at + settings.AXES_COOLOFF_TIME
            return max(ends - now, timedelta())
    return timedelta()


def refusal(username: str, wait: timedelta) -> str:
    """The sentence, with whole minutes: too late is fine, too early is not."""
    minutes = max(1, ceil(wait / _MINUTE))
    return ngettext(
        "Too many wrong passwords for %(name)s. Come back in %(minutes)s minute, or ask your lead for a new password.",
        "Too many wrong passwords for %(name)s. Come back in %(minutes)s minutes, or ask your lead for a new password.",
        minutes,
    ) % {"name": username, "minutes": minutes}
