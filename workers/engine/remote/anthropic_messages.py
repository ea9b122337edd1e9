"""Messages in Anthropic's form: conversations for its requests, completions from its messages.

Pure functions of values. A turn with tool calls goes back as the blocks that came, in their order, with their signed
thinking unchanged.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from workers.engine.protocol import Completion, FinishReason, Message, ReasoningKind, Request, ToolCall, Usage
from workers.engine.remote.reading import ValidationError, read_arguments, read_count, read_known_count, read_text

_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "context_window",
    "refusal": "refusal",
}


def conversation(messages: Sequence[Message], cache: str) -> dict[str, Any]:
    """Return the fields `messages` and `system` of a request.

    With `cache` ("5m" or "1h") the turns before the last one are marked as the prefix that requests share.
    """
    system = "\n\n".join(message.content for message in messages if message.role == "system")
    turns = [_turn(message) for message in messages if message.role != "system"]
    marked = cache and len(turns) > 2 and messages[-1].role == "user"
    if marked and not messages[-2].provider_turn:
        content = turns[-2]["content"]
        content[-1] = {**content[-1], "cache_control": {"type": "ephemeral", "ttl": cache}}
    fields: dict[str, Any] = {"messages": _joined_results(turns)}
    return {**fields, "system": system} if system else fields


def _turn(message: Message) -> dict[str, Any]:
    if message.provider_turn:
        return {"role": "assistant", "content": json.loads(message.provider_turn)}
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": message.call_id, "content": message.content}
        return {"role": "user", "content": [result]}
    return {"role": message.role, "content": [{"type": "text", "text": message.content}]}


def _joined_results(turns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All results of one turn's tool calls stand in one turn of the user."""
    joined: list[dict[str, Any]] = []
    for turn in turns:
        if joined and turn["role"] == joined[-1]["role"] == "user":
            joined[-1] = {"role": "user", "content": [*joined[-1]["content"], *turn["content"]]}
        else:
            joined.append(turn)
    return joined


def read_message(request: Request, message: Any, *, name: str, summarized: bool) -> Completion:
    """Return the completion of a message of the provider. Raises ValidationError for what is none."""
    try:
        return _read(request, message, name, summarized)
    except (AttributeError, TypeError, LookupError) as error:  # the SDK builds its objects without a check
        raise ValidationError(str(error)) from error


def _read(request: Request, message: Any, name: str, summarized: bool) -> Completion:
    finish = _FINISH.get(read_text(message.stop_reason))
    if finish is None:
        raise ValidationError(f"the stop reason {message.stop_reason!r:.40}")
    blocks = list(message.content)
    usage = _usage(message.usage)
    reasoning = "\n\n".join(filter(None, (read_text(b.thinking) for b in blocks if b.type == "thinking")))
    calls = tuple(_tool_call(block) for block in blocks if block.type == "tool_use")
    return Completion(
        request_id=request.id,
        text="".join(read_text(block.text) for block in blocks if block.type == "text"),
        finish_reason=finish,
        usage=usage,
        latency_s=0.0,
        reasoning=reasoning,
        reasoning_kind=_reasoning_kind(blocks, reasoning, usage, summarized=summarized),
        model="" if message.model == name else read_text(message.model),
        response_id=read_text(message.id),
        tool_calls=calls,
        provider_turn=_provider_turn(blocks) if calls else "",
    )


def _provider_turn(blocks: Sequence[Any]) -> str:
    return read_text(json.dumps([_plain(block) for block in blocks if not _is_blank(block)], ensure_ascii=False))


def _reasoning_kind(blocks: Sequence[Any], reasoning: str, usage: Usage, *, summarized: bool) -> ReasoningKind:
    kinds = {block.type for block in blocks}
    if reasoning:
        return "summary" if summarized else "raw"
    if "redacted_thinking" in kinds:
        return "redacted"
    return "omitted" if "thinking" in kinds or usage.reasoning_tokens else "none"


def _usage(usage: Any) -> Usage:
    """All tokens of the prompt: the provider counts those that it read from and wrote to its cache apart."""
    counts = ("cache_creation_input_tokens", "cache_read_input_tokens", "input_tokens", "output_tokens")
    written, cached, prompt, completion = (read_count(getattr(usage, name, None)) for name in counts)
    details = getattr(usage, "output_tokens_details", None)
    thinking = read_known_count(getattr(details, "thinking_tokens", None))
    return Usage(read_count(prompt + written + cached), completion, thinking, cached)


def _tool_call(block: Any) -> ToolCall:
    return ToolCall(read_text(block.name), read_arguments(block.input), read_text(block.id))


def _is_blank(block: Any) -> bool:
    """Whether the provider would refuse the block: a text without a letter."""
    return bool(block.type == "text" and not block.text.strip())


def _plain(block: Any) -> dict[str, Any]:
    """A block as it came; the SDK keeps the fields that it does not know."""
    plain: dict[str, Any] = block.to_dict(mode="json")
    return plain
