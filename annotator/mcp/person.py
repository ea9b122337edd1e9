"""The person in whose name tools are called: the owner of the token in COTRAST_TOKEN."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection

from annotator import env
from annotator.accounts.models import ApiToken
from annotator.accounts.selectors import token_with
from annotator.accounts.services import token_use

VARIABLE = "COTRAST_TOKEN"


class TokenError(Exception):
    """Raised where the token opens nothing; the message is a sentence for whoever configured it."""


@contextmanager
def calling_person() -> Iterator[User]:
    """Yield the owner of the token for one call, and close the thread's connection to the database afterwards.

    The token is looked up anew for each call: revoked, expired, or its account closed, it opens nothing any more.
    Raises TokenError.
    """
    try:
        text = env.text(VARIABLE, "")
        token = token_with(text) if text else None
        if token is None:
            problem = f"{VARIABLE} is unknown, expired or revoked" if text else f"{VARIABLE} is not set"
            raise TokenError(
                f"{problem}; make a token on your account page, and put it into the client's configuration."
            )
        if ApiToken.Scope.READ not in token.scopes:
            raise TokenError(f"{VARIABLE} lacks the scope read; make another token on your account page.")
        token_use(token=token)
        yield token.user
    finally:
        connection.close()
