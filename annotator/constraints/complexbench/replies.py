"""Parser of the replies of judge and extractor.

A reply that is not in the expected form is unparsed, never guessed at. Knows the forms that `prompts` asks
for, and neither models nor rules.
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
    """A judge's reply, parsed."""

    obeyed: bool | None  # None where the reply is not a plain yes or no
    raw: str  # the whole reply


@dataclass(frozen=True, slots=True)
class Extraction:
    """An extractor's reply and the segments it names, which the rule is decided on unless `kind` is "unparsed"."""

    kind: Literal["all", "none", "parts", "unparsed"]
    segments: tuple[str, ...]
    raw: str


def parse_judge_reply(raw: str) -> ParsedReply:
    """Parse `yes`, `no`, `是` or `否`, alone or after "Answer:", in any case, within quotes, emphasis and full stops.

    A longer reply is unparsed: one that argues both ways must not be read as its first word.
    """
    word = raw.strip(_WRAPPING).lower()
    label = next((label for label in _LABELS if word.startswith(label)), "")
    return ParsedReply(_ANSWERS.get(word.removeprefix(label).strip(_WRAPPING)), raw)


def parse_extraction(raw: str, response: str) -> Extraction:
    """Parse `all` (the response itself), `none` (no segment), or parts separated by `||`, each stripped.

    A blank part is kept, since parts are counted. A blank reply is unparsed. `all` is the whole response, as in the
    official code, although the extractor is shown only its beginning: a length rule must count the whole.
    """
    word = raw.strip(_WRAPPING).lower()
    if word == "all":
        return Extraction("all", (response,), raw)
    if word == "none":
        return Extraction("none", (), raw)
    if not raw.strip():
        return Extraction("unparsed", (), raw)
    return Extraction("parts", tuple(part.strip() for part in raw.split(_SEPARATOR)), raw)
