"""Owners of runs as arguments of commands."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from annotator.runs.errors import RunError


def owner_called(name: str | None) -> User | None:
    """Return the user of that name, None for none. Raises RunError for an unknown one."""
    if not name:
        return None
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        message = _("--owner: there is no user %(name)r; make one with `.venv/bin/python manage.py add_person`.")
        raise RunError(message % {"name": name})
    return user
