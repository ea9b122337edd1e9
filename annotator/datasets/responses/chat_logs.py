"""Chat logs: `{messages}` that end with the assistant's turn, or Responses `{input, output}`.

A row may name its prompt by `key`; else the last user turn is it.
"""

from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError, key_of
from annotator.datasets.responses.batches import completion_in
from annotator.datasets.responses.completions import (
    content_text,
    last_user_text,
    required_list,
    tokens_in,
    written_in,
)
from annotator.datasets.responses.records import (
    PromptName,
    ResponseRecord,
    finish_reason_of,
    refuse_other_samples,
    text_of,
)

_OUTPUT_TYPES = ("message", "reasoning")


def looks_like_a_chat(row: dict[str, Any]) -> bool:
    if "epoch" in row or "custom_id" in row:
        return False
    outputs = row.get("output")
    items = isinstance(outputs, list) and any(
        isinstance(item, dict) and item.get("type") in _OUTPUT_TYPES for item in outputs
    )
    return isinstance(row.get("messages"), list) or (items and "input" in row)


def parse_chat(row: dict[str, Any], number: int, sample: int | None) -> ResponseRecord:
    """Read one row. Raises `LineError`."""
    return _of_messages(row, sample) if "messages" in row else _of_items(row, sample)


def _of_messages(row: dict[str, Any], sample: int | None) -> ResponseRecord:
    refuse_other_samples(sample)
    messages = required_list(row, "messages")
    last = messages[-1] if messages else None
    if not isinstance(last, dict) or last.get("role") != "assistant":
        raise LineError(msg("'messages' does not end with a turn of the assistant, so there is no answer in it"))
    written = written_in(last)
    return ResponseRecord(
        name=_name(row, last_user_text(messages)),
        text=written.text,
        reasoning=written.reasoning,
        reasoning_kind=written.reasoning_kind,
        finish_reason=written.finish_reason(finish_reason_of(row.get("finish_reason"))),
        tokens=tokens_in(row.get("usage")),
        model=text_of(row.get("model")),
        response_id=text_of(row.get("id")),
    )


def _of_items(row: dict[str, Any], sample: int | None) -> ResponseRecord:
    prompt = row.get("input")
    written, finish_reason = completion_in(row, sample)
    return ResponseRecord(
        name=_name(row, last_user_text(prompt) if isinstance(prompt, list) else content_text(prompt)),
        text=written.text,
        reasoning=written.reasoning,
        reasoning_kind=written.reasoning_kind,
        finish_reason=written.finish_reason(finish_reason),
        tokens=tokens_in(row.get("usage")),
        model=text_of(row.get("model")),
        response_id=text_of(row.get("id")),
    )


def _name(row: dict[str, Any], prompt: str) -> PromptName:
    if "key" in row:
        # The user turn may wrap the prompt in a template, so that it need not be the same text.
        return PromptName(key=key_of(row))
    if not prompt:
        raise LineError(msg("there is no user turn and no 'key', so that nothing says what it answers"))
    return PromptName(texts=(prompt,))
