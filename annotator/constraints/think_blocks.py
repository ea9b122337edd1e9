"""Think blocks: where a completion holds what a model thinks by itself, by its `<think>` tags.

Finds the blocks of a completion; knows nothing of markers, strategies or statuses. The rules:

- A tag in backticks is a word about the tag, not the tag.
- An opening tag inside a block is part of it; the first closing tag ends the block.
- A closing tag outside of a block ends a block that the chat template opened: all before it is one block.
- An opening tag that is never closed opens a block to the end of the text, if it is the first thing in its line or
  follows a marker (`ANSWER:`); elsewhere it is a word of the sentence.
"""

import re
from dataclasses import dataclass

from annotator.constraints.verdict import Span

_NAME = r"(?:seed:)?think(?:ing)?|thought"
_TAG = re.compile(
    rf"(?<!`)(?P<open><\s*(?:{_NAME})\s*>|(?-i:\[THINK\])|◁think▷|<\|begin_of_thought\|>)"
    rf"|(?<!`)(?:<\s*/\s*(?:{_NAME})\s*>|(?-i:\[/THINK\])|◁/think▷|<\|end_of_thought\|>)",
    re.IGNORECASE,
)
_LEADING = re.compile(r"[\s>*_#]*(?:[A-Z]+[*_]*:[*_#\s]*)*\Z")


@dataclass(frozen=True, slots=True)
class ThinkBlock:
    """One block: `outer` with its tags, `inner` without them; not `closed`, it reaches to the end of the text.

    `united`: it was closed more than once, and holds the blocks before it.
    """

    outer: Span
    inner: Span
    closed: bool = True
    united: bool = False


def think_blocks(text: str) -> list[ThinkBlock]:
    """The blocks of `text`, in order and apart from each other."""
    blocks: list[ThinkBlock] = []
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(text):
        if tag["open"]:
            opened = opened or tag
        elif opened:
            blocks.append(ThinkBlock((opened.start(), tag.end()), (opened.end(), tag.start())))
            opened = None
        else:
            blocks = [ThinkBlock((0, tag.end()), (0, tag.start()), united=bool(blocks))]
    if opened and _leads_its_line(text, opened):
        blocks.append(ThinkBlock((opened.start(), len(text)), (opened.end(), len(text)), closed=False))
    return blocks


def open_block_at_end(text: str) -> str:
    """The opening tag, with white space behind it, that ends `text`, a chat template's prompt; "" without one."""
    tags = list(_TAG.finditer(text))
    last = tags[-1] if tags else None
    return text[last.start() :] if last and last["open"] and not text[last.end() :].strip() else ""


def is_think_tag(text: str) -> bool:
    """Whether `text` is an opening or a closing tag and nothing else."""
    return _TAG.fullmatch(text.strip()) is not None


def _leads_its_line(text: str, tag: re.Match[str]) -> bool:
    line = text[text.rfind("\n", 0, tag.start()) + 1 : tag.start()]
    return _LEADING.match(line) is not None
