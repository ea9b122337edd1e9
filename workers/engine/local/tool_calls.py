"""Tool calls in text: blocks of JSON between tags, as Qwen and Hermes write them.

A call is `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`. Owns the form in which a chat template gets a
tool. Knows no tokenizer; what a tool does is the strategy's.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from workers.engine.protocol import Tool, ToolCall

TOOL_TAGS = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
_OPEN, _CLOSE = TOOL_TAGS[:2]


def tool_schema(tool: Tool) -> dict[str, Any]:
    """The tool as chat templates read one."""
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def read_tool_calls(text: str, tools: Sequence[Tool]) -> tuple[ToolCall, ...]:
    """The valid calls in `text`, in order: JSON with the name of an offered tool and an object of arguments.

    Any other block is a text of the model and no call.
    """
    names = {tool.name for tool in tools}
    blocks = (part.rpartition(_OPEN) for part in text.split(_CLOSE)[:-1])
    read = [_json_object(json_text) for _, opened, json_text in blocks if opened]
    return tuple(
        ToolCall(call["name"], call["arguments"])
        for call in read
        if call.keys() == {"name", "arguments"}
        and isinstance(call["name"], str)
        and call["name"] in names
        and isinstance(call["arguments"], dict)
    )


def _json_object(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _finite(digits: str) -> float:
    """Return a number. Raises ValueError for one beyond what a float holds, which no database stores as JSON."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is too large")
    return number


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
