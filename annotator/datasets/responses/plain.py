"""Plain rows: `{key | prompt, response[, reasoning, finish_reason, usage, model]}`.

IFEval's and IFBench's responses and results have this shape.
"""

from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError, key_of, text_field
from annotator.datasets.responses.completions import tokens_in
from annotator.datasets.responses.records import (
    PromptName,
    ResponseRecord,
    finish_reason_of,
    refuse_other_samples,
    text_of,
)


def looks_plain(row: dict[str, Any]) -> bool:
    return "response" in row and "custom_id" not in row and "resps" not in row and "messages" not in row


def parse_plain(row: dict[str, Any], number: int, sample: int | None) -> ResponseRecord:
    """Read one row; a response that is null is an empty one. Raises `LineError`."""
    refuse_other_samples(sample)
    reasoning = row.get("reasoning")
    if reasoning is not None and not isinstance(reasoning, str):
        raise LineError(msg("'%(name)s' must be a text or null", name="reasoning"))
    return ResponseRecord(
        name=_name(row),
        text="" if row.get("response", "") is None else text_field(row, "response"),
        reasoning=reasoning or "",
        reasoning_kind="raw" if reasoning else "none",
        finish_reason=finish_reason_of(row.get("finish_reason")),
        tokens=tokens_in(row.get("usage")),
        model=text_of(row.get("model")),
    )


def _name(row: dict[str, Any]) -> PromptName:
    if "key" not in row:
        missing = msg("neither 'key' nor 'prompt' says what it answers")
        return PromptName(texts=(text_field(row, "prompt", missing),))
    texts = (text_field(row, "prompt"),) if "prompt" in row else ()
    return PromptName(key=key_of(row), texts=texts)
