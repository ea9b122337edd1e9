"""Chat templates: conversations to prompt tokens, completion tokens to text, and the thinking switch.

Knows neither the model's weights nor how sequences decode.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jinja2 import TemplateError

from annotator.constraints.think_blocks import is_think_tag, open_block_at_end
from annotator.local_options import THINKING_SWITCHES, DiffusionOptions, TransformersOptions
from workers.engine.local.tool_calls import TOOL_TAGS, tool_schema
from workers.engine.protocol import Request, Tool

_PROBE = ({"role": "user", "content": "Hello."},)
_TAIL = 16
"""Prompt tokens that are looked at for an open think block, and before which a continued turn is decoded."""
_HERE = "CONTINUED"
"""Stands for a turn to be continued while its conversation is written: templates trim such a turn, or cut it up."""


class ChatTemplate:
    """The chat template of one tokenizer, with the switches of the model's options.

    A request that says whether to think goes before the option `enable_thinking`, and that before what
    `chat_template_kwargs` and the template itself say.
    """

    def __init__(self, tokenizer: Any, options: TransformersOptions | DiffusionOptions) -> None:
        self._tokenizer = tokenizer
        self._switches = dict(options.chat_template_kwargs)
        self.thinking_switch = self._find_thinking_switch()
        if options.enable_thinking is not None:
            self._switches |= self._thinking(options.enable_thinking)
        special = {token: text for token, text in tokenizer.added_tokens_decoder.items() if text.special}
        self._silent = {
            token for token, text in special.items() if not is_think_tag(str(text)) and str(text) not in TOOL_TAGS
        }
        self._keeps_tags = len(self._silent) < len(special)

    def prompt(self, request: Request) -> list[int]:
        """The tokens of the conversation, up to where the model goes on.

        Raises what the template raises, and ValueError for what it cannot write.
        """
        tokens: list[int] = self._tokenizer(self.written(request), add_special_tokens=False)["input_ids"]
        if request.choices and self.open_block(tokens):
            raise ValueError(
                "its chat template opens a think block, after which the model can't name a label at once; switch "
                "thinking off, or choose a strategy that needs no probabilities."
            )
        return tokens

    def written(self, request: Request) -> str:
        """The conversation as text, up to where the model goes on. Raises as `prompt` does."""
        turns = [{"role": message.role, "content": message.content} for message in request.messages]
        switches: dict[str, Any] = self._switches | (
            self._thinking(request.thinking.enabled) if request.thinking else {}
        )
        if request.tools:
            self._check_tools()
            switches["tools"] = list(map(tool_schema, request.tools))
        return self._continued(turns, switches) if request.continues else self._written(turns, switches)

    def labels(self, request: Request) -> dict[str, tuple[int, ...]]:
        """The tokens of each label that is offered; after the beginning of a turn, with a space before it.

        Raises ValueError for labels that the model's tokens cannot tell apart.
        """
        space = " " if request.continues else ""
        tokens = {
            label: tuple(self._tokenizer(space + label, add_special_tokens=False)["input_ids"])
            for label in request.choices
        }
        for label, begins in tokens.items():
            unknown = not begins or self._tokenizer.unk_token_id in begins
            if unknown or any(name != label and other[: len(begins)] == begins for name, other in tokens.items()):
                raise ValueError(f"the label {label!r} has no tokens of its own in this model; choose other labels.")
        return tokens

    def completion(self, request: Request, prompt: list[int], tokens: list[int]) -> str:
        """The text of the model's turn: with the think tags, where they are special tokens or the template wrote one.

        Where the prompt ends in an open think block the text begins with its tag, or a completion that is cut off in
        the block could not be told from an answer. The rest of a continued turn does not repeat how that began.
        """
        if request.continues:
            before, whole = self._shown(prompt[-_TAIL:]), self._shown([*prompt[-_TAIL:], *tokens])
            # Some tokenizers drop the space before a first word: such tokens are decoded in their place.
            return whole.removeprefix(before) if whole.startswith(before) else self._shown(tokens)
        return self.open_block(prompt) + self._shown(tokens)

    def open_block(self, prompt: list[int]) -> str:
        """The opening think tag that ends a prompt, "" without one; the text of its completion begins with it."""
        return open_block_at_end(self._decode(prompt[-_TAIL:], skip_special_tokens=False))

    def is_blank(self, tokens: list[int]) -> bool:
        """Whether these tokens of a model's turn are white space, or no text at all."""
        return not self._shown(tokens).strip()

    def _written(self, turns: list[dict[str, str]], switches: Mapping[str, Any]) -> str:
        written: str = self._tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, tokenize=False, **switches
        )
        return written

    def _continued(self, turns: list[dict[str, str]], switches: Mapping[str, Any]) -> str:
        """The conversation up to its last turn, and that turn word for word."""
        text = turns[-1]["content"]
        if not self._continues_turns:
            raise ValueError(
                "its chat template can't leave a turn of the assistant open; choose a strategy that begins no turn "
                "for the model, such as cot."
            )
        if not text or text != text.rstrip():
            raise ValueError("a turn to be continued must have a text that doesn't end in white space.")
        return self._up_to_last(turns, "assistant", switches) + text

    def _up_to_last(self, turns: list[dict[str, str]], role: str, switches: Mapping[str, Any]) -> str:
        opened = [*turns[:-1], {"role": role, "content": _HERE}]
        written: str = self._tokenizer.apply_chat_template(
            opened, continue_final_message=True, tokenize=False, **switches
        )
        if not written.endswith(_HERE):
            raise ValueError("its chat template writes something else in place of the turn to be continued.")
        return written.removesuffix(_HERE)

    @cached_property
    def _continues_turns(self) -> bool:
        """Whether the template leaves a last turn open, and as the assistant's own."""
        turns = [*_PROBE, {"role": "assistant", "content": ""}]
        try:
            before = self._up_to_last(turns, "assistant", self._switches)
        except (TemplateError, ValueError, TypeError):
            return False
        try:
            return before != self._up_to_last(turns, "user", self._switches)
        except (TemplateError, ValueError, TypeError):  # it refuses two turns of the user
            return True

    def _check_tools(self) -> None:
        probe = "tool_of_a_probe"
        written = self._rendered({"tools": [tool_schema(Tool(probe, "", {"type": "object", "properties": {}}))]}) or ""
        if probe not in written:
            raise ValueError("its chat template reads no tools; choose a strategy without tools, or another model.")
        if TOOL_TAGS[0] not in written or "<function=" in written:
            raise ValueError(
                "its chat template asks for tool calls in another form than <tool_call>{JSON}</tool_call>; choose a "
                "strategy without tools, or another model."
            )

    def _thinking(self, enabled: bool) -> dict[str, bool]:
        """A template without a switch gets the commonest, and ignores it."""
        return {self.thinking_switch or THINKING_SWITCHES[0]: enabled}

    def _find_thinking_switch(self) -> str:
        """The switch by which this template writes two different prompts; "" if it has none."""
        for name in THINKING_SWITCHES:
            if self._rendered({name: True}) != self._rendered({name: False}):
                return name
        return ""

    def _rendered(self, switches: Mapping[str, Any]) -> str | None:
        try:
            rendered: str = self._tokenizer.apply_chat_template(
                list(_PROBE), add_generation_prompt=True, tokenize=False, **{**self._switches, **switches}
            )
        except (TemplateError, ValueError, TypeError):  # shown for each request that it refuses
            return None
        return rendered

    def _shown(self, tokens: list[int]) -> str:
        kept = [token for token in tokens if token not in self._silent] if self._keeps_tags else tokens
        return self._decode(kept, skip_special_tokens=not self._keeps_tags)

    def _decode(self, tokens: list[int], *, skip_special_tokens: bool) -> str:
        text: str = self._tokenizer.decode(
            tokens, skip_special_tokens=skip_special_tokens, clean_up_tokenization_spaces=False
        )
        return text
