"""Accounts as arguments of commands."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def person_called(name: str) -> User:
    """Return the account of that user name. Raises CommandError."""
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"Nobody is called {name!r}; the page “People” lists every account.")
    return user
