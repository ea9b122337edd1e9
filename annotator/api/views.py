"""Base views of the API: strict query parameters, JSON alone, entity tags, rate limits, pagination.

Objects are opened through `annotator.access` alone, where an object that the user may not open is 404.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, ClassVar, NoReturn, cast

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.generics import ListAPIView
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.entity_tags import answer_conditionally
from annotator.api.pagination import AllowedFilters, Filter, KeysetPagination
from annotator.api.parsing import PlainJSONParser
from annotator.api.scopes import Scope


class ApiView(APIView):
    """A view that responds in JSON whatever the client accepts, and refuses unknown query parameters."""

    parser_classes: Sequence[type[BaseParser]] = (PlainJSONParser,)
    metadata_class = None  # OPTIONS would answer for objects that the caller may not open
    changes_need: ClassVar[Scope] = Scope.MANAGE
    """The scope of a token that sends anything but a safe method; see `scopes`."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.known_parameters()
        for name in request.query_params:
            if name not in known:
                message = _("Unknown query parameter %(name)r; known parameters: %(known)s.")
                values = {"name": name[:80], "known": ", ".join(known) if known else _("none")}
                raise serializers.ValidationError(message % values)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if request.method in ("GET", "HEAD") and isinstance(final, Response) and final.status_code == 200:
            answer_conditionally(request, final)
        return final

    def throttled(self, request: Any, wait: float | None) -> NoReturn:
        refused = Throttled(wait=ceil(wait or 1))
        refused.detail = _("Too many requests in this minute; go on in %(n)d seconds.") % {"n": ceil(wait or 1)}  # type: ignore[assignment]
        raise refused

    @property
    def person(self) -> User:
        """The user of the request, who is logged in by the default permission."""
        return cast(User, self.request.user)

    def known_parameters(self) -> tuple[str, ...]:
        """The names of the query parameters that this view reads."""
        return ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type


class ApiListView(ApiView, ListAPIView[Any]):
    """A list with keyset pagination. A subclass defines its serializer, its rows and its filters."""

    pagination_class = KeysetPagination
    filter_backends = (AllowedFilters,)
    filters: ClassVar[Mapping[str, Filter]] = {}

    def known_parameters(self) -> tuple[str, ...]:
        return (*KeysetPagination.parameters, *self.filters)
