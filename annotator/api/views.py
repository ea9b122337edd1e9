"""Base views of the API: authentication, pagination, errors.

Objects come through `annotator.access` alone; an object of somebody else is 404.
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
    """A view that answers in JSON whatever the client accepts, and refuses query parameters it does not know."""

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
        """Who asks. Only signed-in people get past the default permission."""
        return cast(User, self.request.user)

    def known_parameters(self) -> tuple[str, ...]:
        """The query parameters that this view reads."""
        return ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    def get_exception_handler(self) -> Any:
        return refusal


class ApiListView(ApiView, ListAPIView[Any]):
    """A keyset-paged list. A subclass names its serializer, its rows (`get_queryset`) and its filters."""

    pagination_class = KeysetPagination
    filter_backends = (AllowedFilters,)
    filters: ClassVar[Mapping[str, Filter]] = {}

    def known_parameters(self) -> tuple[str, ...]:
        return (*KeysetPagination.parameters, *self.filters)
