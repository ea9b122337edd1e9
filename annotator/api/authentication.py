"""Token authentication of the API, and its description in the schema."""

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.exceptions import AuthenticationFailed

from annotator.accounts.models import ApiToken
from annotator.accounts.selectors import token_with
from annotator.accounts.services import token_use
from annotator.api.scopes import scope_needed


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]  # knox has no types
    """`Authorization: Token ...`, looked up by its digest.

    knox looks a token up by its first characters and deletes expired ones while it reads; a lookup by the digest is one
    statement, and writes nothing.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        found = token_with(token.decode("latin-1"))
        if found is None:
            raise AuthenticationFailed(
                _(
                    "This token is unknown, expired or revoked; POST your name and password to /api/v1/token/ "
                    "for a new one."
                )
            )
        token_use(token=found)
        return found.user, found


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """Describes the header in the OpenAPI schema."""

    target_class = TokenAuthentication
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> Any:
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Token")  # noqa: S106 - a word of the header

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """Name the scope that the operation needs; OpenAPI 3.1 lists it for tokens as for OAuth."""
        return {self.name: [scope_needed(auto_schema.method, auto_schema.view)]}
