"""Problem details (RFC 9457): the body of every refusal below `/api/`, whichever layer refuses.

`type` is always about:blank: the status says what kind of problem it is, and `detail` is one sentence that names the
thing, the place and the way out. Knows no app.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

MEDIA_TYPE = "application/problem+json"


def is_api(request: HttpRequest) -> bool:
    """Whether the request is for the REST interface, below a URL prefix or not."""
    return request.path_info.startswith("/api/")


def problem_response(
    status: int, detail: Any, *, errors: Sequence[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """Return a response with the problem as its body. `errors` name the fields that are wrong, if any are."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if errors:
        body["errors"] = list(errors)
    return JsonResponse(
        body, status=status, content_type=MEDIA_TYPE, headers=headers, json_dumps_params={"ensure_ascii": False}
    )
