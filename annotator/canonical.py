"""Content hashes: canonical JSON, and the tagged SHA-256 of datasets, runs and generations."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Encode a JSON value canonically: sorted keys, no spaces, UTF-8. Raises ValueError for NaN.

    Lone surrogates are encoded too (`surrogatepass`), since model output may contain them.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def fingerprint(tag: str, value: Any) -> str:
    """Return `<tag>:<64 hex digits>`: SHA-256 over the tag and the canonical JSON of `value`.

    The tag keeps hashes of different kinds apart, such as those of a dataset and of a run.
    """
    digest = hashlib.sha256(tag.encode() + b"\n" + canonical_json(value)).hexdigest()
    return f"{tag}:{digest}"
