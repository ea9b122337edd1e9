"""Environment variables for `settings`; each error names the variable, its value and what to do.

Every reader takes a variable's name and a default, and raises ImproperlyConfigured for a value it cannot use.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}
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
    if not value and file.is_file():
        value = file.read_text().strip()
    if len(value) < 32:
        raise ImproperlyConfigured(
            f"{name} is missing or shorter than 32 characters; "
            f"run `make setup`, which writes one to {file}, or set {name}."
        )
    return value


def broker(name: str, default: str) -> str:
    value = text(name, default)
    scheme = urlsplit(value).scheme
    if scheme not in _BROKER_SCHEMES:
        known = ", ".join(sorted(_BROKER_SCHEMES))
        raise ImproperlyConfigured(f"{name}: unknown scheme {scheme!r}; known schemes: {known}.")
    return value
