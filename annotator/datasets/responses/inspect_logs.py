"""Samples of Inspect logs, `.eval` and `.json`: `{id, epoch, input, messages, output, ...}`.

The answer is the last assistant message of the output; its reasoning parts are reasoning. Epochs are samples of one
prompt.
"""

from typing import Any

from annotator.constraints.messages import msg, quoted
from annotator.datasets.jsonl import LineError
from annotator.datasets.responses.completions import (
    content_text,
    last_user_text,
    required_list,
    required_object,
    written_in,
)
from annotator.datasets.responses.records import (
    PromptName,
    ResponseRecord,
    Tokens,
    count_of,
    finish_reason_of,
    text_of,
)

_ATTACHMENT = "attachment://"
_ERROR_CAP = 200  # characters


def looks_like_inspect(row: dict[str, Any]) -> bool:
    return "epoch" in row and isinstance(row.get("output"), dict)


class InspectParser:
    """Reads the samples of one log, in order."""

    def __init__(self) -> None:
        self._epochs = dict[str, int]()

    def __call__(self, row: dict[str, Any], number: int, sample: int | None) -> ResponseRecord | None:
        """Read one sample; None for an epoch that is not the chosen one. Raises `LineError`."""
        sample_id, epoch = str(row.get("id")), row.get("epoch")
        first = self._epochs.setdefault(sample_id, epoch if isinstance(epoch, int) else 1)
        if sample is None and epoch != first:
            values = {"id": quoted(sample_id), "first": first, "epoch": quoted(str(epoch))}
            raise LineError(
                msg("sample %(id)s has the epochs %(first)s and %(epoch)s; choose one of them by its number", **values)
            )
        if sample is not None and epoch != sample:
            return None
        return _record(row, sample_id)


def _record(row: dict[str, Any], sample_id: str) -> ResponseRecord:
    if error := row.get("error"):
        message = text_of(error.get("message")) if isinstance(error, dict) else str(error)
        values = {"id": quoted(sample_id), "problem": quoted(message, _ERROR_CAP)}
        raise LineError(msg("sample %(id)s ended with an error and has no answer: %(problem)s", **values))
    output = required_object(row, "output")
    choices = required_list(output, "choices")
    if not choices or not isinstance(choices[0], dict):
        values = {"id": quoted(sample_id)}
        raise LineError(msg("sample %(id)s has no output; was the log written before it was answered?", **values))
    attachments = row.get("attachments")
    message = _attached(required_object(choices[0], "message"), attachments if isinstance(attachments, dict) else {})
    written = written_in(message)
    return ResponseRecord(
        name=PromptName(texts=_texts(row), hints=(sample_id,)),
        text=written.text,
        reasoning=written.reasoning,
        reasoning_kind=written.reasoning_kind,
        finish_reason=written.finish_reason(finish_reason_of(choices[0].get("stop_reason"))),
        tokens=_tokens(output.get("usage")),
        model=text_of(output.get("model")),
    )


def _texts(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the sample's input, as the dataset had it, and the user turn that was sent, as a solver wrapped it."""
    attachments = row.get("attachments")
    row = _attached({"input": row.get("input"), "messages": row.get("messages")}, attachments)
    prompt = row["input"]
    texts = [last_user_text(prompt) if isinstance(prompt, list) else content_text(prompt)]
    if isinstance(row["messages"], list):
        texts.append(last_user_text(row["messages"]))
    return tuple(text for text in texts if text)


def _attached(value: Any, attachments: Any) -> Any:
    """Return `value` with the references to attachments, which stand for long texts, replaced by these."""
    if not isinstance(attachments, dict) or not attachments:
        return value
    if isinstance(value, str) and value.startswith(_ATTACHMENT):
        attached = attachments.get(value.removeprefix(_ATTACHMENT))
        return attached if isinstance(attached, str) else value
    if isinstance(value, list):
        return [_attached(item, attachments) for item in value]
    if isinstance(value, dict):
        return {name: _attached(item, attachments) for name, item in value.items()}
    return value


def _tokens(usage: Any) -> Tokens:
    """Return Inspect's counts, whose `input_tokens` leave out those that a cache read or wrote."""
    if not isinstance(usage, dict):
        return Tokens()
    inputs = [count_of(usage.get(f"input_tokens{part}")) for part in ("", "_cache_read", "_cache_write")]
    return Tokens(
        prompt=count_of(sum(count or 0 for count in inputs)) if inputs[0] is not None else None,
        completion=count_of(usage.get("output_tokens")),
        reasoning=count_of(usage.get("reasoning_tokens")),
    )
