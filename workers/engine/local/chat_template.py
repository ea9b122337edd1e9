"""Chat templates: conversations to prompt tokens, completion tokens to text, and the thinking switch.

Knows neither the model's weights nor how sequences decode.
"""

from typing import Any

from jinja2 import TemplateError

from annotator.backends import THINKING_SWITCHES, TransformersOptions
from annotator.constraints.think_blocks import is_think_tag, open_block_at_end
from workers.engine.protocol import Request

_PROBE = ({"role": "user", "content": "Hello."},)
_TAIL = 16
"""Prompt tokens that are looked at for an open think block."""


class ChatTemplate:
    """The chat template of one tokenizer, with the switches of the model's options.

    A request that says whether to think goes before the option `enable_thinking`, and that before what
    `chat_template_kwargs` and the template itself say.
    """

    def __init__(self, tokenizer: Any, options: TransformersOptions) -> None:
        self._tokenizer = tokenizer
        self._switches = dict(options.chat_template_kwargs)
        self.thinking_switch = self._find_thinking_switch()
        if options.enable_thinking is not None:
            self._switches |= self._thinking(options.enable_thinking)
        special = {token: text for token, text in tokenizer.added_tokens_decoder.items() if text.special}
        self._silent = {token for token, text in special.items() if not is_think_tag(str(text))}
        self._keeps_tags = len(self._silent) < len(special)

    def prompt(self, request: Request) -> list[int]:
        """The tokens of the conversation, up to where the model's turn begins. Raises what the template raises."""
        turns = [{"role": message.role, "content": message.content} for message in request.messages]
        switches = self._switches | (self._thinking(request.thinking.enabled) if request.thinking else {})
        encoded = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True, **switches)
        tokens: list[int] = encoded["input_ids"]
        return tokens

    def completion(self, prompt: list[int], tokens: list[int]) -> str:
        """The text of the model's turn: with the think tags, where they are special tokens or the template wrote one.

        Where the prompt ends in an open think block the text begins with its tag, or a completion that is cut off in
        the block could not be told from an answer.
        """
        kept = [token for token in tokens if token not in self._silent] if self._keeps_tags else tokens
        text = self._decode(kept, skip_special_tokens=not self._keeps_tags)
        return open_block_at_end(self._decode(prompt[-_TAIL:], skip_special_tokens=False)) + text

    def _thinking(self, enabled: bool) -> dict[str, bool]:
        """A template without a switch gets the commonest, and ignores it."""
        return {self.thinking_switch or THINKING_SWITCHES[0]: enabled}

    def _find_thinking_switch(self) -> str:
        """The switch by which this template writes two different prompts; "" if it has none."""
        for name in THINKING_SWITCHES:
            if self._rendered({name: True}) != self._rendered({name: False}):
                return name
        return ""

    def _rendered(self, switches: dict[str, bool]) -> str | None:
        try:
            rendered: str = self._tokenizer.apply_chat_template(
                list(_PROBE), add_generation_prompt=True, tokenize=False, **{**self._switches, **switches}
            )
        except (TemplateError, ValueError, TypeError):  # shown for each request that it refuses
            return None
        return rendered

    def _decode(self, tokens: list[int], *, skip_special_tokens: bool) -> str:
        text: str = self._tokenizer.decode(
            tokens, skip_special_tokens=skip_special_tokens, clean_up_tokenization_spaces=False
        )
        return text
