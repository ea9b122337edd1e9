"""Text cleaning: replaces characters that a database cannot store. Pure.

PostgreSQL stores no NUL, and no database stores half a surrogate pair. Such characters are invisible and come from
pasting and from broken output; each becomes U+FFFD, because refusing would lose the rest. Lengths, and so spans, are
unchanged.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def replace_unstorable(text: str) -> str:
    """Return `text` with each unstorable character replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", text)


def storable(value: Any) -> Any:
    """Return a JSON value with `replace_unstorable` applied to every string and key; sequences become lists."""
    if isinstance(value, str):
        return replace_unstorable(value)
    if isinstance(value, Mapping):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [storable(item) for item in value]
    return value
