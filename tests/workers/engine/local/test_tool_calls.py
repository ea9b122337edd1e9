"""Tool calls: the blocks of a text that are valid calls of an offered tool."""

import pytest

from workers.engine import Tool, ToolCall
from workers.engine.local.tool_calls import read_tool_calls, tool_schema

CHECK = Tool("check", "Check a text.", {"type": "object", "properties": {"text": {"type": "string"}}})


def block(call):
    return f"<tool_call>\n{call}\n</tool_call>"


def test_every_valid_call_is_read_in_order():
    first, second = (block(f'{{"name": "check", "arguments": {{"text": "{text}"}}}}') for text in ("fig", "a } b"))
    calls = read_tool_calls(f"Let me see.\n{first}\n{second} Done.", [CHECK])
    assert calls == (ToolCall("check", {"text": "fig"}), ToolCall("check", {"text": "a } b"}))


@pytest.mark.parametrize(
    "call",
    [
        '{"name": "other", "arguments": {}}',
        '{"name": ["check"], "arguments": {}}',
        '{"name": "check"}',
        '{"name": "check", "arguments": "fig"}',
        '{"name": "check", "arguments": {"text": NaN}}',
        '{"name": "check", "arguments": {"text": 1e999}}',
        '{"name": "check", "arguments": {}, "then": 1}',
        '{"name": "check", "arguments": {}',
        "[1]",
        "check(fig)",
        "{" * 100_000,
        '{"a":' * 100_000 + "}",
    ],
    ids=lambda call: call[:40],
)
def test_anything_else_is_text(call):
    assert read_tool_calls(block(call), [CHECK]) == ()


def test_a_call_that_is_cut_off_is_no_call():
    assert read_tool_calls('<tool_call>{"name": "check", "arguments": {}}', [CHECK]) == ()


def test_a_template_gets_the_tool_as_a_function_with_its_schema():
    assert tool_schema(CHECK) == {
        "type": "function",
        "function": {"name": "check", "description": "Check a text.", "parameters": dict(CHECK.parameters)},
    }
