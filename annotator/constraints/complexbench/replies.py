"""Parser of the replies of judge and extractor. A reply is parsed, never obeyed and never guessed at.

Knows the replies that `prompts` asks for, and neither models nor rules.
"""

import string
from dataclasses import dataclass
from typing import Literal

_WRAPPING = string.whitespace + "\u3000*_`\"'“”‘’「」.。!！"
_LABELS = ("answer:", "answer：", "答案:", "答案：")
_ANSWERS = {"yes": True, "no": False, "是": True, "否": False}
_SEPARATOR = "||"


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """A judge's reply. `obeyed` is None where it is not a plain yes or no; `raw` is always the whole reply."""

    obeyed: bool | None
    raw: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """An extractor's reply and the segments it named: what a rule is decided on, unless it is "unparsed"."""

    kind: Literal["all", "none", "parts", "unparsed"]
    segments: tuple[str, ...]
    raw: str


def parse_judge_reply(raw: str) -> ParsedReply:
    """`yes`, `no`, `是` or `否`, alone or after "Answer:", in any case, quotes, emphasis and full stops around it.

    Whatever says more than that is unparsed: a reply that argues both ways must not be read as its first word.
    """
    word = raw.strip(_WRAPPING).lower()
    label = next((label for label in _LABELS if word.startswith(label)), "")
    return ParsedReply(_ANSWERS.get(word.removeprefix(label).strip(_WRAPPING)), raw)


def parse_extraction(raw: str, response: str) -> Extraction:
    """`all` is the response itself, `none` no segment; anything else is parts between `||`, blanks around each removed.

    A blank part stays: it counts where parts are counted. A blank reply is unparsed. `all` means the whole response,
    as in the official code, although the extractor saw only its head: a length rule must count what was written.
    """
    word = raw.strip(_WRAPPING).lower()
    if word == "all":
        return Extraction("all", (response,), raw)
    if word == "none":
        return Extraction("none", (), raw)
    if not raw.strip():
        return Extraction("unparsed", (), raw)
    return Extraction("parts", tuple(part.strip() for part in raw.split(_SEPARATOR)), raw)
