"""Login by password, turned off: every password is refused before it is looked at."""

from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _


class NoPasswordBackend:
    """The first backend where PASSWORD_LOGIN is off. Sessions that a login server began are not its business."""

    def authenticate(self, request: Any, **_credentials: Any) -> NoReturn:
        raise PermissionDenied


def no_passwords_sentence(name: str) -> str:
    """Return the refusal of a password; `name` is that of the login server."""
    return _("Passwords are turned off here; log in with %(name)s.") % {"name": name}
