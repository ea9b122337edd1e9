"""Token scopes: the scope that a request needs, and the refusal of a token that lacks it.

Safe methods need `read`. A change needs the scope that its view names as `changes_need`: `annotate` for the acts of
annotators and adjudicators, `read` for a POST that changes nothing, else `manage`. A session has no scopes: it may do
whatever its user may.
"""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from annotator.accounts.models import ApiToken

Scope = ApiToken.Scope


class TokenScope(BasePermission):
    """Refuses with 403 a request whose token lacks the scope that it needs, before any object is looked up."""

    message = ""

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return True
        needed = scope_needed(request.method or "", view)
        if needed in token.scopes:
            return True
        self.message = _(
            "This request needs a token with the scope %(needed)s; yours has %(scopes)s. Make another token on your "
            "account page."
        ) % {"needed": needed, "scopes": ", ".join(token.scopes)}
        return False


def scope_needed(method: str, view: Any) -> str:
    """Return the scope that a token needs for a request of that method to a view."""
    if method in SAFE_METHODS:
        return Scope.READ.value
    needed: str = getattr(view, "changes_need", Scope.MANAGE).value
    return needed
