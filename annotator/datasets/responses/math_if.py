"""Rows shaped like MathIF's outputs: `{output: [n texts]}`, the prompt named by the line number alone."""

from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError
from annotator.datasets.responses.completions import required_list
from annotator.datasets.responses.records import PromptName, ResponseRecord, chosen_sample


def looks_like_math_if(row: dict[str, Any]) -> bool:
    texts = row.get("output")
    return isinstance(texts, list) and bool(texts) and all(isinstance(text, str | None) for text in texts)


def parse_math_if(row: dict[str, Any], number: int, sample: int | None) -> ResponseRecord:
    """Read one row. Raises `LineError`."""
    texts = required_list(row, "output")
    text = texts[chosen_sample(texts, sample, "output")]
    if not isinstance(text, str | None):
        raise LineError(msg("'%(name)s' must be a list of texts", name="output"))
    return ResponseRecord(name=PromptName(position=number - 1), text=text or "")
