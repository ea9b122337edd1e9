"""Response templates: reasoning and answer of a completion, where its tokenizer can tell them apart.

transformers reads the template (`tokenizer.parse_response`). Without one, and for what it does not recognise, the text
stays whole: think blocks in it are found later. Knows nothing of chat templates.
"""

from typing import Any

_REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")


def read_response(tokenizer: Any, prompt: list[int], tokens: list[int]) -> tuple[str, str] | None:
    """Return the answer and the reasoning of a completion; None where the tokenizer tells no reasoning apart."""
    if not getattr(tokenizer, "response_template", None):
        return None
    try:
        message = tokenizer.parse_response(_text(tokenizer, tokens), prefix=_text(tokenizer, prompt))
    except (ValueError, KeyError, TypeError, AttributeError):  # a template that doesn't fit what the model wrote
        return None
    answer = message.get("content") or ""
    reasoning = next((message[name] for name in _REASONING_FIELDS if message.get(name)), "")
    if not reasoning or not isinstance(reasoning, str) or not isinstance(answer, str):
        return None
    end = str(tokenizer.eos_token or "")
    return answer.removesuffix(end).strip(), reasoning.removesuffix(end).strip()


def _text(tokenizer: Any, tokens: list[int]) -> str:
    text: str = tokenizer.decode(tokens, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return text
