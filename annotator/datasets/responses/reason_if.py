"""Rows shaped like ReasonIF's outputs: `{id, hf_id, input, reasoning_content: [n], content: [n]}`."""

from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError
from annotator.datasets.responses.completions import content_text, last_user_text, required_list
from annotator.datasets.responses.records import PromptName, ResponseRecord, chosen_sample, text_of

_HINTS = ("key", "id", "hf_id")


def looks_like_reason_if(row: dict[str, Any]) -> bool:
    return "content" in row and "reasoning_content" in row and "role" not in row


def parse_reason_if(row: dict[str, Any], number: int, sample: int | None) -> ResponseRecord:
    """Read one row. Raises `LineError`."""
    contents = required_list(row, "content")
    index = chosen_sample(contents, sample, "content")
    reasonings = required_list(row, "reasoning_content")
    if len(reasonings) != len(contents):
        raise LineError(msg("'content' and 'reasoning_content' must have equally many texts"))
    text, reasoning = contents[index], reasonings[index]
    if not isinstance(text, str | None) or not isinstance(reasoning, str | None):
        raise LineError(msg("'content' and 'reasoning_content' must be lists of texts"))
    hints = tuple(str(row[name]) for name in _HINTS if isinstance(row.get(name), str | int))
    return ResponseRecord(
        name=PromptName(texts=_texts(row), hints=hints),
        text=text or "",
        reasoning=reasoning or "",
        reasoning_kind="raw" if reasoning else "none",
    )


def _texts(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the prompt where the row has it, and what was sent, as a chat template may have wrapped it."""
    sent = row.get("input")
    texts = [text_of(row.get("prompt")), last_user_text(sent) if isinstance(sent, list) else content_text(sent)]
    return tuple(text for text in texts if text)
