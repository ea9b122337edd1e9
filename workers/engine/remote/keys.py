"""API keys: read from the worker's environment, and taken out of all texts of a backend.

A key is never stored, shown or logged. A model's row has the name of the variable alone.
"""

import os
from dataclasses import dataclass, field

from workers.engine.errors import PermanentEngineError

WITHOUT_KEY = "none"
"""What is sent where the server needs no key: the SDKs send none at all only by reading the environment instead."""
_REDACTED = "[key]"
_SHORTEST = 8  # characters from which a key is taken out; a shorter one is no secret, and every text holds it


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key; `repr` and `str` do not show it."""

    value: str = field(repr=False)

    def redacted(self, text: str) -> str:
        """Return `text` without the key."""
        return text.replace(self.value, _REDACTED) if len(self.value) >= _SHORTEST else text

    def __str__(self) -> str:
        return _REDACTED


def read_key(variable: str) -> ApiKey:
    """Read the key from the environment variable of that name, "" for none. Raises PermanentEngineError."""
    if not variable:
        return ApiKey(WITHOUT_KEY)
    value = os.environ.get(variable, "").strip()
    if not value:
        raise PermanentEngineError(
            f"The environment variable {variable} has no key; set it where the worker starts, or name another variable "
            "in the model's serving setting api_key_env."
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise PermanentEngineError(f"The environment variable {variable} holds no key: it has spaces or odd letters.")
    return ApiKey(value)
