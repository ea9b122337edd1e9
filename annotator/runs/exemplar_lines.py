"""Exemplars as JSON Lines: the fields of a line, and the reason for one that is refused.

A line is `{prompt, answer[, reasoning]}`, or `{messages}` of one user and one assistant turn. Knows no run; the bounds
of a set are in `annotator.strategies.exemplars`.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from annotator.datasets.jsonl import LineError, is_blank, list_field, parse_object, text_field
from annotator.options import OptionsError
from annotator.runs.errors import RunError
from annotator.strategies.exemplars import Exemplar

LINE_CAP = 1_000_000  # bytes
_REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")
"""The names under which chat formats keep the reasoning of an assistant turn."""
_PROBLEMS_SHOWN = 10


def read_exemplar_lines(lines: Iterable[bytes | str]) -> list[dict[str, Any]]:
    """Return the exemplars in order, as the parameter `exemplars`. Raises RunError, which names every bad line."""
    line_of: dict[Exemplar, int] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        if is_blank(line):
            continue
        try:
            exemplar = _read_line(line)
            if exemplar in line_of:
                raise LineError(f"the same exemplar as line {line_of[exemplar]}; remove one")
            line_of[exemplar] = number
        except (LineError, OptionsError) as error:
            problems.append(f"line {number}: {error}")
    if problems:
        more = len(problems) - _PROBLEMS_SHOWN
        shown = problems[:_PROBLEMS_SHOWN] + ([f"and {more} more"] if more > 0 else [])
        raise RunError("no run was started; " + "\n".join(shown))
    if not line_of:
        raise RunError("the file has no exemplar; give one JSON object a line, with prompt and answer.")
    return [asdict(exemplar) for exemplar in line_of]


def _read_line(line: bytes | str) -> Exemplar:
    record = parse_object(line, LINE_CAP)
    if "messages" in record:
        return _of_messages(list_field(record, "messages"))
    missing = "the field '{name}' is missing; an exemplar has prompt and answer, or messages"
    prompt, answer = (text_field(record, name, missing.replace("{name}", name)) for name in ("prompt", "answer"))
    return Exemplar(prompt, answer, _optional_text(record, "reasoning"))


def _of_messages(messages: list[Any]) -> Exemplar:
    """Read one user turn and the assistant turn after it."""
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    if roles != ["user", "assistant"]:
        raise LineError("'messages' must be one user turn and then one assistant turn")
    prompt, answer = (text_field(message, "content") for message in messages)
    reasoning = next(filter(None, (_optional_text(messages[1], name) for name in _REASONING_FIELDS)), "")
    return Exemplar(prompt, answer, reasoning)


def _optional_text(record: dict[str, Any], name: str) -> str:
    return "" if record.get(name) is None else text_field(record, name)
