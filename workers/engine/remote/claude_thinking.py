"""Thinking of Anthropic's models: what each accepts, and the fields of a request for it.

The provider is asked first (`models.retrieve`), then the checked-in table (`annotator.claude_models`); of a model that
neither knows the current form is assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.claude_models import EFFORTS, claude_model
from annotator.remote_backends import AnthropicOptions
from workers.engine.protocol import Thinking
from workers.engine.remote.backend import RequestError

_TYPES = ("enabled", "adaptive", "disabled")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Thinking settings that a model accepts; `source` says by whom: the provider, the table, or nobody (assumed)."""

    thinking: frozenset[str]
    efforts: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class ThinkingFields:
    """The fields of a request about thinking, and the tokens that it adds to those of the answer."""

    fields: Mapping[str, Any]
    tokens: int = 0


def known_capabilities(name: str) -> Capabilities:
    """Return what is known of a model without asking the provider."""
    known = claude_model(name)
    if known is None:
        return Capabilities(frozenset(("adaptive", "disabled")), frozenset(EFFORTS), "assumed")
    return Capabilities(frozenset(known.thinking), frozenset(EFFORTS), "the checked-in table")


def stated_capabilities(info: Any) -> Capabilities | None:
    """Read what the provider says of a model; None where it says nothing that can be read."""
    try:
        types, efforts = info.capabilities.thinking.types, info.capabilities.effort
        accepted = {name for name in _TYPES if getattr(types, name).supported is True}
        if info.capabilities.thinking.supported is not True:
            accepted = set()
        levels = {level for level in EFFORTS if getattr(getattr(efforts, level, None), "supported", False) is True}
    except AttributeError:
        return None
    return Capabilities(frozenset(accepted), frozenset(levels), "the provider")


def thinking_fields(thinking: Thinking | None, options: AnthropicOptions, known: Capabilities) -> ThinkingFields:
    """Return the fields that switch thinking as requested. Raises RequestError where the model cannot."""
    if thinking is None:
        if options.enable_thinking is None:
            return ThinkingFields({})
        thinking = Thinking(enabled=options.enable_thinking)
    if not known.thinking & {"enabled", "adaptive"}:
        return ThinkingFields({})  # it has no thinking: what comes back is recorded as without reasoning
    if not thinking.enabled:
        if "disabled" not in known.thinking:
            raise RequestError("This model's thinking cannot be switched off; choose another model or strategy.")
        return ThinkingFields({"thinking": {"type": "disabled"}})
    tokens = thinking.budget_tokens or options.budget_tokens
    return ThinkingFields({"thinking": _on(tokens, options, known), **_effort(thinking, options, known)}, tokens)


def _on(tokens: int, options: AnthropicOptions, known: Capabilities) -> dict[str, Any]:
    if "adaptive" in known.thinking:
        return {"type": "adaptive", "display": options.display}
    budget: dict[str, Any] = {"type": "enabled", "budget_tokens": max(tokens, 1_024)}
    return budget if options.display == "summarized" else {**budget, "display": options.display}


def _effort(thinking: Thinking, options: AnthropicOptions, known: Capabilities) -> dict[str, Any]:
    effort = thinking.effort or options.effort
    if not effort:
        return {}
    if effort not in known.efforts:
        levels = ", ".join(level for level in EFFORTS if level in known.efforts) or "none"
        raise RequestError(f"This model takes no effort {effort!r}; it takes: {levels}.")
    return {"output_config": {"effort": effort}}
