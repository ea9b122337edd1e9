"""Entity tags: whether an object is still the one that a client read."""

import hashlib
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that you read: the change is refused with 412 if the object has changed since.",
)


class ChangedMeanwhile(APIException):
    """The object is no longer the one that the request names."""

    status_code = 412


def tag_of(content: bytes) -> str:
    """Return the strong entity tag of a body."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def answer_conditionally(request: Any, response: Response) -> None:
    """Give a response its ETag once it is rendered; 304 replaces it where the client has the same."""

    def tagged(rendered: Response) -> HttpResponseBase:
        etag = tag_of(rendered.content)
        rendered["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=rendered) or rendered

    response.add_post_render_callback(tagged)


def check_match(request: Request, shown: Any) -> None:
    """Compare If-Match with `shown`, the data that a GET of the object answers with now.

    Call it in the transaction of the change, with the object locked. Raises ChangedMeanwhile. Without the header, or
    with *, every state is the right one.
    """
    sent = request.headers.get("If-Match")
    if sent is None or "*" in parse_etags(sent):
        return
    if tag_of(JSONRenderer().render(shown)) not in parse_etags(sent):
        raise ChangedMeanwhile(_("It was changed since you read it; read it again, and send your change once more."))
