"""Rate limits: requests in a minute by person, and by address where nobody is logged in.

Each web process counts for itself, in its memory: a count in the database would cost a write with every request, and
there is no other cache that all processes share. So N processes let N times as many requests pass. A minute is one of
the clock.
"""

import time
from typing import Any

from django.conf import settings
from django.core.cache import caches
from rest_framework.throttling import BaseThrottle

from annotator.accounts.addresses import client_address

_MINUTE_S = 60


class RequestRate(BaseThrottle):
    """At most so many requests in a minute, by the settings API_REQUESTS_PER_MINUTE and API_ANONYMOUS_PER_MINUTE."""

    def allow_request(self, request: Any, view: Any) -> bool:
        if request.user is not None and request.user.is_authenticated:
            return _count(f"person:{request.user.pk}") <= settings.API_REQUESTS_PER_MINUTE
        return _count(f"address:{client_address(request)}") <= settings.API_ANONYMOUS_PER_MINUTE

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return _MINUTE_S - time.time() % _MINUTE_S


def _count(whose: str) -> int:
    """Count one more request in this minute. Returns how many there are."""
    cache, key = caches["rates"], f"{whose}:{int(time.time() // _MINUTE_S)}"
    cache.add(key, 0, timeout=2 * _MINUTE_S)
    return int(cache.incr(key))
