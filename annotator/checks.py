"""Django system checks of this machine and its settings, each with an id and a hint.

`settings` itself refuses values with which nothing can run (no secret, an unknown broker scheme); these checks need the
loaded settings. Registered by `annotator.web`.
"""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connection

from annotator.broker_socket import LONGEST_BYTES

_OLDEST_SQLITE = (3, 35)
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@register()
def var_is_writable(**_: Any) -> list[CheckMessage]:
    """Refuse a VAR_DIR without write access: database, socket, lock and collected files are in it."""
    if settings.VAR_DIR.is_dir() and os.access(settings.VAR_DIR, os.W_OK | os.X_OK):
        return []
    hint = "Make it a folder that you can write to, or name another one with VAR_DIR=/another/folder."
    return [Error(f"VAR_DIR {settings.VAR_DIR} is not a folder that can be written to.", hint=hint, id="cotrast.E001")]


@register()
def socket_path_fits(**_: Any) -> list[CheckMessage]:
    """Refuse a socket path that the system would cut off: clients would wait at another socket than the server's."""
    broker = urlsplit(settings.BROKER_URL)
    length = len(os.fsencode(unquote(broker.path)))
    if broker.scheme != "redis+socket" or length <= LONGEST_BYTES:
        return []
    hint = "Choose a shorter path, or leave BROKER_URL unset: the embedded server then chooses one that fits."
    message = f"The socket in BROKER_URL has a path of {length} bytes; at most {LONGEST_BYTES} work everywhere."
    return [Error(message, hint=hint, id="cotrast.E002")]


@register()
def sqlite_returns_ids(**_: Any) -> list[CheckMessage]:
    """Refuse a SQLite before 3.35, which does not return the ids of rows that are inserted together."""
    if connection.vendor != "sqlite" or sqlite3.sqlite_version_info >= _OLDEST_SQLITE:
        return []
    hint = "Use a Python with a newer SQLite, or PostgreSQL through DATABASE_URL."
    return [Error(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 is needed.", hint=hint, id="cotrast.E003")]


@register()
def secret_key_is_private(**_: Any) -> list[CheckMessage]:
    """Warn of a secret key that other users can read: it lets them forge sessions."""
    key = settings.VAR_DIR / "secret_key"
    if not _is_open_to_others(key):
        return []
    hint = f"Run: chmod 600 {key}"
    return [Warning(f"{key} can be read by other users of this machine.", hint=hint, id="cotrast.W001")]


@register()
def var_is_private(**_: Any) -> list[CheckMessage]:
    """Warn of a VAR_DIR that other users can enter: the database holds sessions, tokens and labels."""
    if not _is_open_to_others(settings.VAR_DIR):
        return []
    message = f"VAR_DIR {settings.VAR_DIR} can be entered by other users of this machine."
    return [Warning(message, hint=f"Run: chmod 700 {settings.VAR_DIR}", id="cotrast.W003")]


@register()
def database_file_is_private(**_: Any) -> list[CheckMessage]:
    """Warn of a SQLite file that other users can read, with the files that SQLite keeps beside it."""
    if connection.vendor != "sqlite":
        return []
    name = connection.settings_dict["NAME"]
    files = [Path(f"{name}{ending}") for ending in ("", "-wal", "-shm")]
    return [
        Warning(f"{file} can be read by other users of this machine.", hint=f"Run: chmod 600 {file}", id="cotrast.W004")
        for file in files
        if _is_open_to_others(file)
    ]


@register()
def debug_is_local(**_: Any) -> list[CheckMessage]:
    """Warn of DEBUG on a server that others reach: Django's error pages show settings and source code."""
    other_hosts = set(settings.ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]", "testserver"}
    if not settings.DEBUG or not other_hosts:
        return []
    hint = "Unset DEBUG, or leave ALLOWED_HOSTS at its default."
    return [Warning("DEBUG is on while ALLOWED_HOSTS lets others in.", hint=hint, id="cotrast.W002")]


def _is_open_to_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _OPEN_TO_OTHERS)
