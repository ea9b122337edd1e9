"""API errors: always `{"detail": sentence}`, whichever layer raised them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.defaults import page_not_found
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from annotator.access import DELETED_MEANWHILE
from annotator.deletion.values import DeletionRefused
from annotator.exemplars.errors import NotProvedError, PromptSetError, RepairError
from annotator.runs.errors import RunError
from annotator.studies.errors import AdjudicationRefused, StudyError

_WHO_ARE_YOU = gettext_lazy(
    "Say who you are: POST your name and password to /api/v1/token/, then send Authorization: Token TOKEN."
)
_NOT_FOUND = gettext_lazy("Nothing is here, or it is not yours to open.")  # the same words for both, on purpose


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that is no route: in JSON inside the API, else with the page that says so."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _NOT_FOUND}, status=status.HTTP_404_NOT_FOUND)
    return page_not_found(request, exception)


def refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into a response: DRF's exception handler, with one sentence for all of an error.

    A StudyError is 400 if the request can never succeed, and 409 if the state of the study or case forbids it now. So
    is what the state of a prompt set, run or candidate forbids; 422 is an attempt that is not proved.
    """
    if isinstance(error, RequestDataTooBig):
        sentence = _("The body is too long; at most %(most)d bytes are read.") % {
            "most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        }
        return Response({"detail": sentence}, status=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    if isinstance(error, StudyError):
        wrong = isinstance(error, AdjudicationRefused)
        code = status.HTTP_400_BAD_REQUEST if wrong else status.HTTP_409_CONFLICT
        return Response({"detail": str(error)}, status=code)
    if isinstance(error, NotProvedError):
        return Response({"detail": str(error)}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
    if isinstance(error, PromptSetError | RepairError | RunError | DeletionRefused):
        return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
    if isinstance(error, DELETED_MEANWHILE):
        error = Http404()
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = {"detail": " ".join(_sentences(error.detail, ""))}
    elif isinstance(error, exceptions.NotAuthenticated):
        response.data = {"detail": _WHO_ARE_YOU}
    elif response.status_code == status.HTTP_404_NOT_FOUND:
        response.data = {"detail": _NOT_FOUND}
    return response


def _sentences(detail: Any, where: str) -> list[str]:
    """Every error with the path of its field: `constraints.0.kind: This field is required.`"""
    if isinstance(detail, Mapping):
        return [text for key, inner in detail.items() for text in _sentences(inner, _inside(where, key))]
    if isinstance(detail, list):
        nested = [(f"{where}.{index}", item) for index, item in enumerate(detail)]
        return [text for place, item in nested for text in _sentences(item, where if _is_leaf(item) else place)]
    return [f"{where}: {detail}" if where else str(detail)]


def _inside(where: str, key: Any) -> str:
    if key == "non_field_errors":
        return where
    return f"{where}.{key}" if where else str(key)


def _is_leaf(item: Any) -> bool:
    return not isinstance(item, Mapping | list)
