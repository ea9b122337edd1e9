"""Checker of the family `punctuation`: no commas."""

import re

from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.messages import Unit, amount, msg, sentence
from annotator.constraints.text_variants import TextVariant

_OTHER_COMMAS = re.compile("[\u060c\u3001\ufe50\uff0c\uff64]")

_OTHERS = Unit(
    "%(n)s comma of other scripts, which the official checker lets pass",
    "%(n)s commas of other scripts, which the official checker lets pass",
)


class NoComma(Checker):
    """No ASCII comma; Arabic, Chinese and full-width commas are allowed."""

    kind = "punctuation:no_comma"
    label = msg("No commas")

    @property
    def required(self) -> str:
        return msg("no commas")

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return "," not in variant.text

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        if obeyed:
            others = len(_OTHER_COMMAS.findall(variant.text))
            return Explanation(msg("no commas"), note=amount(others, _OTHERS) if others else "")
        observed = amount(variant.text.count(","), Unit("%(n)s comma", "%(n)s commas"))
        spans = (match.span() for match in re.finditer(",", variant.text))
        return Explanation(observed, spans, msg("%(found)s, none allowed", found=observed))
