"""API errors: always problem details (RFC 9457), whichever layer raised them."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.defaults import bad_request, page_not_found
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import exception_handler

from annotator.access import DELETED_MEANWHILE
from annotator.datasets.services import DatasetImportError
from annotator.deletion.values import DeletionRefused
from annotator.exemplars.errors import NotProvedError, PromptSetError, RepairError
from annotator.idempotency.errors import AnswerNotKeptError, KeyReusedError, RequestUnderWayError
from annotator.problem_details import is_api, problem_response
from annotator.routing.errors import RoutingError
from annotator.runs.errors import RunError, RunImportError
from annotator.studies.errors import (
    AdjudicationRefused,
    AnnotationRefused,
    CodebookRefused,
    LabelsRefused,
    StudyError,
)

_WHO_ARE_YOU = gettext_lazy(
    "Say who you are: POST your name and password to /api/v1/token/, then send Authorization: Token TOKEN."
)
_NOT_FOUND = gettext_lazy("Nothing is here, or it is not yours to open.")  # the same words for both, on purpose
_UNREADABLE = gettext_lazy("The request cannot be read: its host, path or headers are not allowed here.")
_NO_FIELD = "non_field_errors"
_STATUS = (
    (RequestDataTooBig, 413),
    # These three, and LabelsRefused, before StudyError, of which they are some: the request can never succeed.
    ((AdjudicationRefused, AnnotationRefused, CodebookRefused), 400),
    ((NotProvedError, KeyReusedError, RunImportError, DatasetImportError, LabelsRefused), 422),
    ((StudyError, PromptSetError, RepairError, RunError, RoutingError, DeletionRefused), 409),
    ((AnswerNotKeptError, RequestUnderWayError), 409),
)
"""The status of the errors of services. 409 is what the state of a thing forbids now."""


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that is no route: in JSON inside the API, else with the page that says so."""
    return problem_response(404, _NOT_FOUND) if is_api(request) else page_not_found(request, exception)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for a request that no view gets to see, such as one for a host that is not served."""
    return problem_response(400, _UNREADABLE) if is_api(request) else bad_request(request, exception)


def refusal(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Turn an exception into a response: DRF's exception handler. None for an error that nobody expected."""
    for kinds, status in _STATUS:
        if isinstance(error, kinds):
            return problem_response(status, _sentence(error), errors=_rows(error))
    if isinstance(error, DELETED_MEANWHILE):
        error = Http404()
    response = exception_handler(error, context)
    if response is None:
        return None
    headers = {name: value for name, value in response.items() if name in ("WWW-Authenticate", "Retry-After")}
    if isinstance(error, exceptions.ValidationError):
        found = list(_field_errors(error.detail, ()))
        errors = _named(found, safe=context["request"].method in SAFE_METHODS)
        detail = " ".join(f"{'.'.join(path)}: {message}" if path else message for path, message in found)
        return problem_response(response.status_code, detail, errors=errors, headers=headers)
    return problem_response(response.status_code, _detail(error, response), headers=headers)


def _sentence(error: Exception) -> str:
    if isinstance(error, RequestDataTooBig):
        return _("The body is too long; at most %(most)d bytes are read.") % {
            "most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        }
    return str(error).partition("\n")[0]  # the first rows of a file come after it


def _rows(error: Exception) -> list[dict[str, str]]:
    """The first rows of a file that cannot be used."""
    if isinstance(error, RunImportError):
        return [{"detail": f"{place}: {reason}" if place else str(reason)} for place, reason in error.problems]
    by_line = isinstance(error, DatasetImportError | LabelsRefused)
    return [{"detail": row} for row in str(error).splitlines()[1:]] if by_line else []


def _detail(error: Exception, response: Any) -> Any:
    if isinstance(error, exceptions.NotAuthenticated):
        return _WHO_ARE_YOU
    return _NOT_FOUND if response.status_code == 404 else response.data["detail"]


def _field_errors(detail: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the message of every error with the path of its field; of the whole body, with ()."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _field_errors(inner, path if key == _NO_FIELD else (*path, str(key)))
    elif isinstance(detail, list):
        for index, item in enumerate(detail):
            yield from _field_errors(item, (*path, str(index)) if isinstance(item, Mapping | list) else path)
    else:
        yield path, str(detail)


def _named(found: list[tuple[tuple[str, ...], str]], *, safe: bool) -> list[dict[str, str]]:
    """Each error with the query parameter of a safe request, else with a JSON Pointer into the body."""
    if safe:
        return [{"parameter": ".".join(path), "detail": message} for path, message in found if path]
    return [{"pointer": _pointer(path), "detail": message} for path, message in found if path]


def _pointer(path: tuple[str, ...]) -> str:
    """Return the path as a JSON Pointer (RFC 6901) in a URI fragment: `#/constraints/0/kind`."""
    return "#/" + "/".join(quote(part.replace("~", "~0").replace("/", "~1"), safe="~") for part in path)
