"""Environment variables for `settings`; each error names the variable, its value and what to do.

Every reader takes a variable's name and a default, and raises ImproperlyConfigured for a value it cannot use.
"""

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}
_SECRET_LENGTH, _SECRET_CHARACTERS = 32, 10
_SECRET_EXAMPLES = ("insecure", "changeme", "change-me", "change_me", "replace", "password", "secret", "example")
_URL_PREFIX = re.compile(r"(/[\w.~-]+)+", re.ASCII)
_BROKER_SCHEMES = {"redis", "rediss", "redis+socket", "amqp", "amqps", "memory"}


def text(name: str, default: str) -> str:
    return os.environ.get(name, default).strip()


def boolean(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false; use 1 or 0.")


def integer(name: str, default: int, *, minimum: int) -> int:
    value = os.environ.get(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None
    if number < minimum:
        raise ImproperlyConfigured(f"{name}={number} is too small; the least is {minimum}.")
    return number


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def secret(name: str, file: Path) -> str:
    """Return the secret from the environment, else from the file that `make setup` writes. There is no default."""
    value = os.environ.get(name, "").strip()
    from_environment = bool(value)
    if not value and file.is_file():
        value = file.read_text().strip()
    problem = _weakness(value)
    if problem:
        first = f"unset {name} and " if from_environment else f"remove {file} and " if value else ""
        raise ImproperlyConfigured(
            f"{name} {problem}; {first}run `make setup`, which writes a random one to {file}, "
            f"or set {name} to the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return value


def _weakness(secret: str) -> str:
    """What makes a secret easy to guess, as the rest of a sentence; "" for a random one."""
    if len(secret) < _SECRET_LENGTH:
        return f"is missing or shorter than {_SECRET_LENGTH} characters"
    if len(set(secret)) < _SECRET_CHARACTERS or _is_periodic(secret) or _is_sequence(secret):
        return "repeats itself, so that it can be guessed"
    if any(word in secret.lower() for word in _SECRET_EXAMPLES):
        return "looks like an example, so that it can be guessed"
    return ""


def _is_periodic(secret: str) -> bool:
    """Whether a part shorter than half a secret's least length is repeated over and over."""
    return any(secret == (secret[:period] * len(secret))[: len(secret)] for period in range(1, _SECRET_LENGTH // 2 + 1))


def _is_sequence(secret: str) -> bool:
    """Whether most characters are the next one of the alphabet, as in abcdef."""
    following = sum(ord(right) - ord(left) in (0, 1) for left, right in pairwise(secret))
    return following > len(secret) // 2


def broker(name: str, default: str) -> str:
    value = text(name, default)
    scheme = urlsplit(value).scheme
    if scheme not in _BROKER_SCHEMES:
        known = ", ".join(sorted(_BROKER_SCHEMES))
        raise ImproperlyConfigured(f"{name}: unknown scheme {scheme!r}; known schemes: {known}.")
    return value


def issuer(name: str) -> str:
    """Return the address of a login server, "" for none: by HTTPS, since what it says is believed."""
    value = text(name, "").rstrip("/")
    address = urlsplit(value)
    local = address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost", "::1")
    if value and not (address.scheme == "https" and address.hostname) and not local:
        raise ImproperlyConfigured(
            f"{name}={value!r} is not the address of a login server; write it as in {name}=https://login.example.org."
        )
    return value


def together(**values: str) -> None:
    """Refuse some of these variables without the others: all of them are needed, or none."""
    missing = [name for name, value in values.items() if not value]
    if missing and len(missing) < len(values):
        set_ones = ", ".join(sorted(set(values) - set(missing)))
        raise ImproperlyConfigured(f"{', '.join(missing)}: not set, although {set_ones} is; set all of them or none.")


def database(name: str, default: str, **options: Any) -> dj_database_url.DBConfig:
    """Return Django's settings of the database at a URL. An error repeats no part of it: it has a password."""
    try:
        return dj_database_url.parse(text(name, default), **options)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} is no URL of a database; write it as postgres://USER:PASSWORD@HOST:5432/NAME or "
            "sqlite:////path/of/the/file, and in a password / : @ # ? and % as %2F %3A %40 %23 %3F and %25."
        ) from None


def url_prefix(name: str) -> str:
    """Return the path below which a proxy serves the site: "" or one that begins with a slash and ends without."""
    value = text(name, "").rstrip("/")
    if value and not _URL_PREFIX.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name}={value!r} is no path; write it as in {name}=/cotrast, of letters, digits and -._~ between slashes."
        )
    return value
