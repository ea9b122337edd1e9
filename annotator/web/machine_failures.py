"""The answer to an error that no view expects: a sentence where the machine fails."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as unexpected

from annotator.machine_failures import failure_sentence

_TRY_AGAIN_S = "10"


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer with status 503 and a sentence where the database is away, not migrated, or the disk is full.

    Django calls it while it handles the error. Nothing here reads the database.
    """
    error = sys.exc_info()[1]
    sentence = failure_sentence(error) if error else None
    if sentence is None:
        return unexpected(request)
    answer: HttpResponse
    if request.path_info.startswith("/api/"):
        answer = JsonResponse({"detail": sentence}, status=503)
    else:
        answer = HttpResponse(render_to_string("503.html", {"sentence": sentence}), status=503)
    answer["Retry-After"] = _TRY_AGAIN_S
    return answer
