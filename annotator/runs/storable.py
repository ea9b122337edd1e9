"""What a database can store of hostile text."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """`value` with U+FFFD for what no database stores: NUL and lone surrogates. Lengths, so spans, stay the same."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {key: storable(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [storable(item) for item in value]
    return value
