"""Idempotency keys of POSTs: a request that is sent again gets the first answer again."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.idempotency.errors import AnswerNotKeptError
from annotator.idempotency.models import KeyedRequest
from annotator.idempotency.services import request_answered, request_claim, request_forget

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255

Post = Callable[..., Response]

_AGAIN = (
    "A key of your own, such as a UUID. The same request with the same key gets the first answer again for 24 hours, "
    "with the header Idempotency-Replayed, and changes nothing."
)
_REFUSED_AGAIN = (
    "A key of your own, such as a UUID. The same request with the same key is refused for 24 hours with 409 and "
    "changes nothing: its answer holds a secret, which is not stored."
)


def idempotent(post: Post) -> Callable[..., HttpResponse]:
    """Decorate a view's method: with an Idempotency-Key it is carried out once, and answered whenever it is sent.

    A refusal is not kept: nothing was changed, and the same request may succeed later.
    """
    return _keyed(post, secret=False)


def idempotent_with_secret(post: Post) -> Callable[..., HttpResponse]:
    """Decorate a method whose answer holds a secret: it is carried out once, and its answer is stored nowhere."""
    return _keyed(post, secret=True)


def _keyed(post: Post, *, secret: bool) -> Callable[..., HttpResponse]:
    description = _REFUSED_AGAIN if secret else _AGAIN

    @extend_schema(parameters=[OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description=description)])
    @wraps(post)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return post(view, request, *args, **kwargs)
        claimed = request_claim(user=view.person, key=_valid(key), fingerprint=_fingerprint(request))
        if claimed.status is not None:
            return _refuse_again(claimed) if secret else _replay(claimed)
        try:
            with transaction.atomic():
                response = post(view, request, *args, **kwargs)
                body = "" if secret else JSONRenderer().render(response.data).decode()
                request_answered(request=claimed, status=response.status_code, body=body)
        except BaseException:
            request_forget(request=claimed)
            raise
        return response

    return once


def _refuse_again(claimed: KeyedRequest) -> NoReturn:
    sentence = _(
        "The request with the Idempotency-Key %(key)s was carried out before. Its answer holds a secret, which is "
        "shown once and stored nowhere; look at what was made, and ask for a new secret of it."
    )
    raise AnswerNotKeptError(sentence % {"key": claimed.key})


def _replay(claimed: KeyedRequest) -> HttpResponse:
    response = HttpResponse(claimed.body, status=claimed.status, content_type="application/json")
    response[REPLAYED] = "true"
    return response


def _valid(key: str) -> str:
    if 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return key
    sentence = _("%(header)s: send 1 to %(most)d printable ASCII characters, such as a UUID.")
    raise serializers.ValidationError(sentence % {"header": HEADER, "most": LONGEST_KEY})


def _fingerprint(request: Request) -> str:
    """Hash method, address and body. Raises RequestDataTooBig."""
    address = f"{request.method} {request.get_full_path()}\n".encode()
    return f"request:{hashlib.sha256(address + request.body).hexdigest()}"
