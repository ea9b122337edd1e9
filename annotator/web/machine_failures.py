"""The answer to an error that no view expects: a sentence where the machine fails, JSON below /api/."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import server_error as unexpected

from annotator.machine_failures import failure_sentence
from annotator.problem_details import is_api, problem_response

_TRY_AGAIN_S = "10"


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer with status 503 and a sentence where the database is away, not migrated, or the disk is full.

    Django calls it while it handles the error. Nothing here reads the database.
    """
    error = sys.exc_info()[1]
    sentence = failure_sentence(error) if error else None
    if sentence is None:
        return _unexpected_problem() if is_api(request) else unexpected(request)
    answer: HttpResponse
    if is_api(request):
        answer = problem_response(503, sentence)
    else:
        answer = HttpResponse(render_to_string("503.html", {"sentence": sentence}), status=503)
    answer["Retry-After"] = _TRY_AGAIN_S
    return answer


def _unexpected_problem() -> HttpResponse:
    return problem_response(
        500, _("Something failed here that nobody expected; it is in the server's log. Try again, or tell who runs it.")
    )
