"""Environment variables for `settings`; each error names the variable, its value and what to do.

Every reader takes a variable's name and a default, and raises ImproperlyConfigured for a value it cannot use.
"""

import os
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

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


def url_prefix(name: str) -> str:
    """Return the path below which a proxy serves the site: "" or one that begins with a slash and ends without."""
    value = text(name, "").rstrip("/")
    if value and not _URL_PREFIX.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name}={value!r} is no path; write it as in {name}=/cotrast, of letters, digits and -._~ between slashes."
        )
    return value
