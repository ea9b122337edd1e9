"""The form field that has spans as JSON, as spans.js writes it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

_KEYS = ("text", "start", "end", "pattern", "quote")


def form_spans(spans: Iterable[Mapping[str, Any]]) -> str:
    """The spans as JSON.stringify writes them, their keys in the page's order, which PostgreSQL does not keep.

    The browser compares the values of a form by their characters: the same spans must be the same text.
    """
    ordered = [{key: span[key] for key in _KEYS if key in span} for span in spans]
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
