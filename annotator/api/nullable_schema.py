"""Nullable fields of any JSON in the OpenAPI description: null is one of their values already."""

from typing import Any

_ANY_OR_NULL: list[dict[str, str]] = [{}, {"type": "null"}]


def plain_any(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Take `oneOf: anything, null` away, which null itself violates: a postprocessing hook of drf-spectacular."""
    _clean(result["components"])
    return result


def _clean(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _clean(item)
    if isinstance(node, dict):
        if node.get("oneOf") == _ANY_OR_NULL:
            del node["oneOf"]
        for inner in node.values():
            _clean(inner)
