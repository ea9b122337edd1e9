"""Probes of load balancers: whether this process lives, and whether it can serve.

A middleware before all others, since a probe comes under the address of the machine instead of a name of ALLOWED_HOSTS,
over plain HTTP, and without a session. An answer names the part that is away and nothing else of the installation.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from annotator.web.readiness import unready

LIVE, READY = "/healthz", "/readyz"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def answer_probes(get_response: GetResponse) -> GetResponse:
    """Answer LIVE and READY, below the prefix or not, and leave everything else to the other middleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method in ("GET", "HEAD") and request.path_info in (LIVE, READY):
            return _answer("" if request.path_info == LIVE else unready())
        return get_response(request)

    return middleware


def _answer(problem: str) -> HttpResponse:
    answer = HttpResponse(f"{problem or 'ok'}\n", status=503 if problem else 200, content_type="text/plain")
    answer["Cache-Control"] = "no-store"
    if problem:
        answer["Retry-After"] = "2"
    return answer
