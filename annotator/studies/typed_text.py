"""Makes what people type storable: PostgreSQL keeps no NUL, and no database keeps half a surrogate pair.

Such characters are invisible and come from pasting; each becomes U+FFFD, because refusing would lose the rest.
"""

import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str) -> str:
    """`text` with every character that cannot be stored replaced, and nothing else changed."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable_json(value: Any) -> Any:
    """A JSON value with `storable_text` applied to every string and key in it."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    if isinstance(value, dict):
        return {storable_text(str(key)): storable_json(item) for key, item in value.items()}
    return value
