"""Login throttling: the time until the next try after too many wrong passwords, and its sentence.

django-axes counts and refuses, below `authenticate`: after AXES_FAILURE_LIMIT wrong passwords for one account from one
address, that pair is refused for AXES_COOLOFF_TIME, with the right password too. Other accounts and addresses are not
affected, and a password reset ends it.
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
    """Return the time until a login is checked again; None if the last one was checked.

    `request` is the one with which `authenticate` was called. The oldest failures expire first, so the refusal ends
    when fewer than the limit are left.
    """
    if not getattr(request, "axes_locked_out", False):
        return None
    attempts = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address)
    rows = list(attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start"))
    counted, now = sum(failures for _, failures in rows), timezone.now()
    for attempt_time, failures in rows:
        counted -= failures
        if counted < settings.AXES_FAILURE_LIMIT:
            ends: datetime = attempt_time + settings.AXES_COOLOFF_TIME
            return max(ends - now, timedelta())
    return timedelta()


def refusal(username: str, wait: timedelta) -> str:
    """Return the sentence for a refused login, with minutes rounded up, so that nobody comes back too early."""
    minutes = max(1, ceil(wait / _MINUTE))
    return ngettext(
        "Too many wrong passwords for %(name)s. Come back in %(minutes)s minute, or ask your lead for a new password.",
        "Too many wrong passwords for %(name)s. Come back in %(minutes)s minutes, or ask your lead for a new password.",
        minutes,
    ) % {"name": username, "minutes": minutes}
