"""Middleware: what a view sends is private to its reader unless the view says otherwise.

The next user of the browser, and a proxy in between, must not see it. Files of the application are sent by WhiteNoise,
before this.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def never_cached_by_default(get_response: GetResponse) -> GetResponse:
    """Forbid caches to keep a response whose view says nothing about it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware
