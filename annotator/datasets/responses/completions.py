"""Texts, reasoning and refusals of completions, in the shapes of providers' messages and items.

Owns where a provider's JSON keeps what a model wrote. Knows no file format.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError
from annotator.datasets.responses.records import REFUSAL, ReasoningKind, Tokens, count_of, text_of

_TEXT_PARTS = ("text", "output_text", "input_text")
_REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")


@dataclass(frozen=True, slots=True)
class Written:
    """The text and the reasoning of one assistant turn; `refused` where the provider marks the text as a refusal."""

    text: str
    reasoning: str = ""
    reasoning_kind: ReasoningKind = "none"
    refused: bool = False

    def finish_reason(self, stated: str) -> str:
        return REFUSAL if self.refused else stated


def written_in(message: Mapping[str, Any]) -> Written:
    """Return what an assistant message holds: content as text or as parts, reasoning in parts or in a field."""
    content = message.get("content")
    refusal = text_of(message.get("refusal"))
    parts = content if isinstance(content, list) else []
    reasoning = [_reasoning_of(part) for part in parts if _type(part) in ("reasoning", "thinking", "redacted_thinking")]
    if not reasoning:
        reasoning = [(text, "raw") for name in _REASONING_FIELDS if (text := text_of(message.get(name)))][:1]
    text = content if isinstance(content, str) else _joined_parts(parts)
    return _written(text or refusal, reasoning, refused=bool(refusal and not text))


def written_by_items(items: Iterable[Any]) -> Written:
    """Return what the output items of the Responses API hold."""
    texts, reasoning, refused = [], [], False
    for item in items:
        if _type(item) == "reasoning":
            reasoning.append(_reasoning_of(item))
        elif _type(item) == "message" and item.get("role") in (None, "assistant"):
            written = written_in(item)
            refusals = [text_of(part.get("refusal")) for part in _list(item, "content") if _type(part) == "refusal"]
            texts.append(written.text or "".join(refusals))
            refused = refused or bool(refusals)
    return _written("".join(texts), reasoning, refused=refused)


def last_user_text(messages: Iterable[Any]) -> str:
    """Return the text of the last user turn; "" without one."""
    texts = [content_text(message.get("content")) for message in messages if _role(message) == "user"]
    return texts[-1] if texts else ""


def content_text(content: Any) -> str:
    """Return the text of a message's content: a text, or the text parts of a list."""
    return content if isinstance(content, str) else _joined_parts(content if isinstance(content, list) else [])


def tokens_in(usage: Any) -> Tokens:
    """Return the counts of a usage object of OpenAI, vLLM or the Responses API."""
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("completion_tokens_details") or usage.get("output_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else usage.get("reasoning_tokens")
    return Tokens(
        prompt=count_of(usage.get("prompt_tokens", usage.get("input_tokens"))),
        completion=count_of(usage.get("completion_tokens", usage.get("output_tokens"))),
        reasoning=count_of(reasoning),
    )


def required_object(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a required object. Raises `LineError`."""
    value = record.get(name)
    if not isinstance(value, dict):
        raise LineError(msg("'%(name)s' must be a JSON object", name=name))
    return value


def required_list(record: Mapping[str, Any], name: str) -> list[Any]:
    """Return a required list. Raises `LineError`."""
    value = record.get(name)
    if not isinstance(value, list):
        raise LineError(msg("'%(name)s' must be a list", name=name))
    return value


def _written(text: str, reasoning: list[tuple[str, ReasoningKind]], *, refused: bool) -> Written:
    shown = [piece for piece, _ in reasoning if piece]
    kinds = [kind for piece, kind in reasoning if piece] or [kind for _, kind in reasoning]
    return Written(text, "\n\n".join(shown), kinds[0] if kinds else "none", refused)


def _reasoning_of(part: Mapping[str, Any]) -> tuple[str, ReasoningKind]:
    """Return the reasoning of a part or an item, and its kind: a summary where the raw text is kept back."""
    raw = text_of(part.get("reasoning")) or text_of(part.get("thinking")) or _joined_parts(_list(part, "content"))
    hidden = part.get("redacted") is True or _type(part) == "redacted_thinking"
    if raw and not hidden:
        return raw, "raw"
    summary = part.get("summary")
    text = summary if isinstance(summary, str) else _joined_parts(_list(part, "summary"))
    return (text, "summary") if text else ("", "redacted" if hidden else "omitted")


def _joined_parts(parts: Iterable[Any]) -> str:
    """Join the texts of parts, whatever kind of text they are; reasoning and media are none."""
    known = (*_TEXT_PARTS, "reasoning_text", "summary_text")
    return "".join(
        part if isinstance(part, str) else text_of(part.get("text"))
        for part in parts
        if isinstance(part, str) or _type(part) in known
    )


def _type(part: Any) -> str:
    return text_of(part.get("type")) if isinstance(part, dict) else ""


def _role(message: Any) -> str:
    return text_of(message.get("role")) if isinstance(message, dict) else ""


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []
