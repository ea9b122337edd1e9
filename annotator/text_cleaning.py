"""Text cleaning: replaces characters that a database cannot store. Pure.

PostgreSQL keeps no NUL, and no database keeps half a surrogate pair. Such characters are invisible and come from
pasting and from broken output; each becomes U+FFFD, because refusing would lose the rest. Lengths, and so spans, stay.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def replace_unstorable(text: str) -> str:
    """`text` with every character that cannot be stored replaced, and nothing else changed."""
    return UNSTORABLE.sub("\ufffd", text)


def storable(value: Any) -> Any:
    """A JSON value with `replace_unstorable` applied to every string and key in it; other sequences become lists."""
    if isinstance(value, str):
        return replace_unstorable(value)
    if isinstance(value, Mapping):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [storable(item) for item in value]
    return value
