"""Rows of batch results of OpenAI and vLLM: `{custom_id, response: {status_code, body}, error}`.

`body` is a chat completion or an object of the Responses API. The prompt is named by `custom_id` alone.
"""

from typing import Any

from annotator.constraints.messages import msg, quoted
from annotator.datasets.jsonl import LineError
from annotator.datasets.responses.completions import (
    Written,
    required_list,
    required_object,
    tokens_in,
    written_by_items,
    written_in,
)
from annotator.datasets.responses.records import (
    PromptName,
    ResponseRecord,
    chosen_sample,
    finish_reason_of,
    refuse_other_samples,
    text_of,
)

_ERROR_CAP = 200  # characters


def looks_like_a_batch(row: dict[str, Any]) -> bool:
    return "custom_id" in row and ("response" in row or "error" in row)


def parse_batch(row: dict[str, Any], number: int, sample: int | None) -> ResponseRecord:
    """Read one row. Raises `LineError`."""
    custom_id = row.get("custom_id")
    if not isinstance(custom_id, str) or not 1 <= len(custom_id) <= 128:
        raise LineError(msg("'custom_id' must be a text of 1 to 128 characters"))
    body = _body(row)
    written, finish_reason = completion_in(body, sample)
    return ResponseRecord(
        name=PromptName(key=custom_id),
        text=written.text,
        reasoning=written.reasoning,
        reasoning_kind=written.reasoning_kind,
        finish_reason=written.finish_reason(finish_reason),
        tokens=tokens_in(body.get("usage")),
        model=text_of(body.get("model")),
        response_id=text_of(body.get("id")),
    )


def completion_in(body: dict[str, Any], sample: int | None) -> tuple[Written, str]:
    """Return what a response body holds, and its finish reason. Raises `LineError`."""
    if "output" in body:
        refuse_other_samples(sample)
        details = body.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else body.get("status")
        return written_by_items(required_list(body, "output")), finish_reason_of(reason)
    choices = required_list(body, "choices")
    choice = choices[chosen_sample(choices, sample, "choices")]
    if not isinstance(choice, dict):
        raise LineError(msg("'%(name)s' must be a list of JSON objects", name="choices"))
    return written_in(required_object(choice, "message")), finish_reason_of(choice.get("finish_reason"))


def _body(row: dict[str, Any]) -> dict[str, Any]:
    error = row.get("error")
    response = row.get("response")
    if error or not isinstance(response, dict):
        raise LineError(msg("the request failed and has no answer: %(problem)s", problem=_message(error)))
    body = required_object(response, "body")
    if response.get("status_code") not in (200, None):
        values = {"status": quoted(str(response["status_code"])), "problem": _message(body)}
        raise LineError(msg("the request failed with status %(status)s: %(problem)s", **values))
    return body


def _message(error: Any) -> str:
    """Return the message of an error object, wherever it is kept."""
    inner = error.get("error") if isinstance(error, dict) else None
    for candidate in (inner, error):
        if isinstance(candidate, dict) and isinstance(candidate.get("message"), str):
            return quoted(candidate["message"], _ERROR_CAP)
    return quoted(error, _ERROR_CAP) if isinstance(error, str) else msg("no reason is stated")
