"""Identity is content: canonical JSON and the tagged hash that names datasets, runs and generations."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8; NaN is refused with ValueError.

    Lone surrogates survive as such (`surrogatepass`): model output may hold them.
    """
    spelled = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return spelled.encode("utf-8", "surrogatepass")


def fingerprint(tag: str, value: Any) -> str:
    """`<tag>:<64 hex digits>`: SHA-256 over the tag and the canonical JSON, so that no two kinds of thing collide."""
    digest = hashlib.sha256(tag.encode() + b"\n" + canonical_json(value)).hexdigest()
    return f"{tag}:{digest}"
