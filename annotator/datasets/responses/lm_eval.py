"""Rows of lm-eval's `--log_samples` files: `{doc_id, doc, arguments, resps, filter, ...}`.

A file has a row for each document and filter; the responses are the same under every filter, so that the rows of the
first filter are read and the others skipped.
"""

import json
from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError
from annotator.datasets.responses.completions import content_text, last_user_text, required_list, required_object
from annotator.datasets.responses.records import PromptName, ResponseRecord, chosen_sample


def looks_like_lm_eval(row: dict[str, Any]) -> bool:
    return "doc" in row and ("resps" in row or "filtered_resps" in row)


class LmEvalParser:
    """Reads rows of one file, in order."""

    def __init__(self) -> None:
        self._filter: str | None = None

    def __call__(self, row: dict[str, Any], number: int, sample: int | None) -> ResponseRecord | None:
        """Read one row; None for a row of a later filter. Raises `LineError`."""
        name = row.get("filter", "")
        if self._filter is None and isinstance(name, str):
            self._filter = name
        if name != self._filter:
            return None
        doc = required_object(row, "doc")
        return ResponseRecord(name=PromptName(texts=_texts(row, doc), hints=_hints(doc)), text=_text(row, sample))


def _text(row: dict[str, Any], sample: int | None) -> str:
    """Return the response before filters cut something out of it, or the filtered one where no other is kept."""
    if row.get("resps") is None:
        filtered = required_list(row, "filtered_resps")
        texts = filtered[0] if len(filtered) == 1 and isinstance(filtered[0], list) else filtered
        name = "filtered_resps"
    else:
        requests = required_list(row, "resps")
        if len(requests) != 1 or not isinstance(requests[0], list):
            raise LineError(msg("'resps' is not one list of texts; only tasks that generate text can be imported"))
        texts, name = requests[0], "resps"
    text = texts[chosen_sample(texts, sample, name)]
    if text is None:
        return ""
    if not isinstance(text, str):
        raise LineError(msg("'%(name)s' holds no text; only tasks that generate text can be imported", name=name))
    return text


def _texts(row: dict[str, Any], doc: dict[str, Any]) -> tuple[str, ...]:
    """Return the texts that may be the prompt: `doc.prompt`, what was sent, then every other text of the document."""
    sent = _sent(row.get("arguments"))
    first = [doc["prompt"]] if isinstance(doc.get("prompt"), str) else []
    others = [value for name, value in doc.items() if name != "prompt" and isinstance(value, str)]
    return (*first, *([sent] if sent else []), *others)


def _sent(arguments: Any) -> str:
    """Return the context that was sent: the first argument of the first request; of a chat, its last user turn."""
    if isinstance(arguments, dict):
        arguments = [list(request.values()) for request in arguments.values() if isinstance(request, dict)]
    first = arguments[0] if isinstance(arguments, list) and arguments else None
    context = first[0] if isinstance(first, list) and first else first
    if isinstance(context, str) and context.startswith("["):
        return _chat_text(context) or context
    return last_user_text(context) if isinstance(context, list) else content_text(context)


def _chat_text(context: str) -> str:
    """Return the last user turn of a chat that was sent as JSON; "" where `context` is none."""
    try:
        messages = json.loads(context)
    except (ValueError, RecursionError):
        return ""
    return last_user_text(messages) if isinstance(messages, list) else ""


def _hints(doc: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(doc[name]) for name in ("key", "id") if isinstance(doc.get(name), str | int))
