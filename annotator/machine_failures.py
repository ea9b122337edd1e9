"""Sentences for failures of the machine: a database that is away or not migrated, and a full disk.

Each names the reason and a remedy. Commands print them, pages and REST answer with them. Knows no app.
"""

import errno

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError
from django.utils.translation import gettext as _

_NOT_MIGRATED = ("no such table", "no such column", "has no column named")
_NOT_MIGRATED_STATES = ("42P01", "42703")
_FULL_STATE = "53100"
_NOT_OPENED = ("unable to open database file", "readonly database", "file is not a database", "disk i/o error")


def failure_sentence(error: BaseException) -> str | None:
    """Return the sentence for an error, or for the one that it was raised from; None where it is no such failure."""
    if isinstance(error, Error):
        return _of_database(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full()
    return failure_sentence(error.__cause__) if error.__cause__ else None


def _of_database(error: Error) -> str | None:
    text, state = str(error).strip(), getattr(error.__cause__, "sqlstate", None)
    if state in _NOT_MIGRATED_STATES or _holds(text, _NOT_MIGRATED):
        return _(
            "The tables of the database are not those of this version; create or update them with "
            "`.venv/bin/python manage.py migrate`."
        )
    if state == _FULL_STATE or "disk is full" in text:
        return _disk_full()
    if _holds(text, _NOT_OPENED):
        return _(
            "The database file cannot be used: %(reason)s; make its folder %(folder)s writable, or run `make setup`."
        ) % {"reason": text, "folder": settings.VAR_DIR}
    # What PostgreSQL answers has a state; without one nothing was answered.
    if isinstance(error, OperationalError | InterfaceError) and _is_postgresql() and not _answered(state):
        return _("The database does not answer: %(reason)s; start it, or correct DATABASE_URL.") % {"reason": text}
    return None


def _answered(state: str | None) -> bool:
    """Whether the server answered; the classes 08 and 57P are refused and lost connections."""
    return state is not None and not state.startswith(("08", "57P"))


def _is_postgresql() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("postgresql")


def _disk_full() -> str:
    return _("The disk is full, and nothing of this step was stored; free some space, then try again.")


def _holds(text: str, parts: tuple[str, ...]) -> bool:
    return any(part in text.lower() for part in parts)
