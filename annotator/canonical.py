"""Content hashes: canonical JSON, and the tagged SHA-256 of datasets, runs and generations."""

import hashlib
import json
from collections.abc import Mapping
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
    return _tagged_hash(tag, canonical_json(value))


class ObjectFingerprints:
    """Fingerprints of JSON objects that share most of their members, which are encoded once.

    `of(name=value)` is `fingerprint(tag, {**shared, name: value})`.
    """

    def __init__(self, tag: str, shared: Mapping[str, Any]) -> None:
        self._tag = tag
        self._shared = _encoded_members(shared)

    def of(self, /, **members: Any) -> str:
        """Return the fingerprint of the shared members with these in addition, or in their place."""
        encoded = self._shared | _encoded_members(members)
        return _tagged_hash(self._tag, b"{" + b",".join(encoded[name] for name in sorted(encoded)) + b"}")


def _encoded_members(members: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: canonical_json(name) + b":" + canonical_json(value) for name, value in members.items()}


def _tagged_hash(tag: str, content: bytes) -> str:
    digest = hashlib.sha256(tag.encode() + b"\n" + content).hexdigest()
    return f"{tag}:{digest}"
