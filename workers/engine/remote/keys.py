"""API keys: read from the worker's environment, and taken out of all texts of a backend.

A key is never stored, shown or logged. A model's row has the name of the variable alone. What else the SDKs would read
in the environment, and send to any server, is hidden from them.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from workers.engine.errors import PermanentEngineError

WITHOUT_KEY = "none"
"""What is sent where the server needs no key: the SDKs send none at all only by reading the environment instead."""
_REDACTED = "[key]"
_SENT_BY_SDKS = ("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID")
_HIDING = threading.Lock()  # clients are built on several threads, and each puts back what it hid
_SHORTEST = 8  # characters from which a key is taken out; a shorter one is no secret, and every text holds it


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key; `repr` and `str` do not show it."""

    value: str = field(repr=False)

    def redacted(self, text: str) -> str:
        """Return `text` without the key, also as JSON writes it inside a string."""
        if len(self.value) < _SHORTEST:
            return text
        return text.replace(json.dumps(self.value)[1:-1], _REDACTED).replace(self.value, _REDACTED)

    def taken_out_of(self, value: Any) -> Any:
        """Return a JSON value without the key in its names, texts and numbers."""
        if isinstance(value, dict):
            return {self.redacted(name): self.taken_out_of(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.taken_out_of(part) for part in value]
        clean = self.redacted(str(value))
        return value if clean == str(value) else clean

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


@contextmanager
def sdk_variables_hidden() -> Iterator[None]:
    """Hide the variables whose values the SDKs put into headers, whatever server `base_url` names.

    No argument of their clients prevents it: what is left out is read from the environment.
    """
    with _HIDING:
        hidden = {name: os.environ.pop(name) for name in _SENT_BY_SDKS if name in os.environ}
        try:
            yield
        finally:
            os.environ.update(hidden)
