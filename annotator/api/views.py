"""Base views of the API: strict query parameters, JSON alone, pagination, errors.

Objects are opened through `annotator.access` alone, where an object that the user may not open is 404.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.views import APIView

from annotator.api.exceptions import refusal
from annotator.api.pagination import AllowedFilters, Filter, KeysetPagination
from annotator.api.parsing import PlainJSONParser


class ApiView(APIView):
    """A view that responds in JSON whatever the client accepts, and refuses unknown query parameters."""

    parser_classes = (PlainJSONParser,)
    metadata_class = None  # OPTIONS would answer for objects that the caller may not open

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.known_parameters()
        for name in request.query_params:
            if name not in known:
                message = _("Unknown query parameter %(name)r; known parameters: %(known)s.")
                values = {"name": name[:80], "known": ", ".join(known) if known else _("none")}
                raise serializers.ValidationError(message % values)

    @property
    def person(self) -> User:
        """The user of the request, who is logged in by the default permission."""
        return cast(User, self.request.user)

    def known_parameters(self) -> tuple[str, ...]:
        """The names of the query parameters that this view reads."""
        return ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    def get_exception_handler(self) -> Any:
        return refusal


class ApiListView(ApiView, ListAPIView[Any]):
    """A list with keyset pagination. A subclass defines its serializer, its rows and its filters."""

    pagination_class = KeysetPagination
    filter_backends = (AllowedFilters,)
    filters: ClassVar[Mapping[str, Filter]] = {}

    def known_parameters(self) -> tuple[str, ...]:
        return (*KeysetPagination.parameters, *self.filters)
